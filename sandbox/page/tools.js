import { html } from '../../node_modules/lit-html/lit-html.js';
import { ask, reasonOf } from './api.js';
import { curlCommand } from './curl.js';
import { redeliver, sendEdited } from './deeds.js';
import { change } from './state.js';
/** @import { Delivery } from './types.d.ts' */

/** What the tools have to say about a delivery, and the command that was copied last. */
const said = { id: '', text: '', isTrouble: false, command: '' };

/**
 * What can be done with a delivery.
 *
 * @param {Delivery} delivery
 */
export function toolsView({ id, event, content }) {
  if (said.id !== id) Object.assign(said, { id, text: '', isTrouble: false, command: '' });
  return html`
    <div class="tools">
      <button type="button" @click=${() => void attempt(async () => redelivered(id))}>Redeliver</button>
      <button type="button" @click=${() => void attempt(async () => copy(id))}>Copy as curl</button>
      <details>
        <summary>Edit and send</summary>
        <form @submit=${(/** @type {SubmitEvent} */ submit) => void attempt(async () => sendChanged(id, submit))}>
          <label for="edited">Body, without what is made anew for each attempt</label>
          <textarea
            id="edited"
            name="body"
            rows="14"
            spellcheck="false"
            .defaultValue=${JSON.stringify(content, null, 2)}
          ></textarea>
          <button>Send</button>
        </form>
      </details>
      <details>
        <summary>Save as replay</summary>
        <form @submit=${(/** @type {SubmitEvent} */ submit) => void attempt(async () => save(id, submit))}>
          <label for="recording">Name of the file in replay/</label>
          <span class="pair"
            ><input id="recording" name="name" .defaultValue=${nameFrom(event)} autocomplete="off" /><button>
              Save
            </button></span
          >
          <p class="quiet">npm run replay then sends it and expects the latest answer again.</p>
        </form>
      </details>
      <p class=${said.isTrouble ? 'trouble' : 'told'} role="status">${said.text}</p>
      ${said.command === '' ? null : html`<pre class="command" tabindex="0" aria-label="Command">${said.command}</pre>`}
    </div>
  `;
}

/** @param {string} event */
function nameFrom(event) {
  return event.slice(event.search(/[^.:]*$/));
}

/**
 * Does something and says what came of it.
 *
 * @param {() => Promise<string>} work
 */
async function attempt(work) {
  try {
    Object.assign(said, { text: await work(), isTrouble: false });
  } catch (error) {
    Object.assign(said, { text: reasonOf(error), isTrouble: true });
  }
  change({});
}

/** @param {string} id */
async function redelivered(id) {
  await redeliver(id);
  return 'It has been sent once more, under the same id.';
}

/** @param {string} id */
async function copy(id) {
  /** @type {Parameters<typeof curlCommand>[0]} */
  const signed = await ask('GET', `/deliveries/${id}/signed`);
  said.command = curlCommand(signed);
  const isCopied = await navigator.clipboard.writeText(said.command).then(
    () => true,
    () => false,
  );
  const until = 'It is signed now, and the guardian takes it for five minutes.';
  return isCopied ? `Copied. ${until}` : `Copy it from here. ${until}`;
}

/**
 * @param {string} id
 * @param {SubmitEvent} submit
 */
async function sendChanged(id, submit) {
  const { body = '' } = valuesOf(submit);
  const sent = await sendEdited(id, parseBody(body));
  change({ layer: { kind: 'delivery', id: sent } });
  Object.assign(said, { id: sent });
  return 'This is what came of the edited body.';
}

/** @param {string} text */
function parseBody(text) {
  try {
    return /** @type {unknown} */ (JSON.parse(text));
  } catch (error) {
    throw new Error(`That is not JSON: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * @param {string} id
 * @param {SubmitEvent} submit
 */
async function save(id, submit) {
  /** @type {{ files: string[] }} */
  const { files } = await ask('POST', `/deliveries/${id}/record`, valuesOf(submit));
  return `Written: ${files.join(', ')}.`;
}

/**
 * What was filled into a form of texts. It is sent nowhere.
 *
 * @param {SubmitEvent} submit
 * @returns {Record<string, string>}
 */
export function valuesOf(submit) {
  submit.preventDefault();
  const form = /** @type {HTMLFormElement} */ (submit.currentTarget);
  const entries = /** @type {[string, string][]} */ ([...new FormData(form)]);
  return Object.fromEntries(entries);
}
