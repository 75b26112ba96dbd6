import { html } from '../../node_modules/lit-html/lit-html.js';
import { ask, reasonOf } from './api.js';
import { curlCommand } from './curl.js';
import { redeliver, sendEdited } from './deeds.js';
import { attemptHere, saidHere, saidView } from './said.js';
import { change, state } from './state.js';
/** @import { Delivery, Said, State } from './types.d.ts' */

/** How long the guardian takes what has been signed, in milliseconds. */
const toleranceMs = 5 * 60 * 1000;

/**
 * What can be done with a delivery.
 *
 * @param {Delivery} delivery
 */
export function toolsView({ id, event, content }) {
  const { command } = saidHere() ?? {};
  return html`
    <div class="tools">
      <button type="button" @click=${() => void attemptHere('Sending…', async () => redelivered(id))}>Redeliver</button>
      <button type="button" @click=${() => void attemptHere('Signing…', async () => copy(id))}>Copy as curl</button>
      <details>
        <summary>Edit and send</summary>
        <form @submit=${(/** @type {SubmitEvent} */ submit) => sendChanged(id, submit)}>
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
        <form @submit=${(/** @type {SubmitEvent} */ submit) => save(id, submit)}>
          <label for="recording">Name of the file in replay/</label>
          <span class="pair"
            ><input id="recording" name="name" .defaultValue=${nameFrom(event)} autocomplete="off" /><button>
              Save
            </button></span
          >
          <p class="quiet">npm run replay then sends it and expects the latest answer again.</p>
        </form>
      </details>
      ${saidView()}
      ${
        command === undefined
          ? null
          : html`<pre class="command" tabindex="0" role="group" aria-label="Command">${command}</pre>`
      }
    </div>
  `;
}

/** @param {string} event */
function nameFrom(event) {
  return event.slice(event.search(/[^.:]*$/));
}

/** @param {string} id */
async function redelivered(id) {
  await redeliver(id);
  return { text: 'It has been sent once more, under the same id.' };
}

/** @param {string} id */
async function copy(id) {
  /** @type {Parameters<typeof curlCommand>[0]} */
  const signed = await ask('GET', `/deliveries/${id}/signed`);
  const command = curlCommand(signed);
  const until = new Date(Date.now() + toleranceMs).toLocaleTimeString();
  const how = await navigator.clipboard.writeText(command).then(
    () => 'Copied.',
    () => 'Copy it from here.',
  );
  return { text: `${how} The guardian takes it until ${until}.`, command };
}

/**
 * @param {string} id
 * @param {SubmitEvent} submit
 */
function sendChanged(id, submit) {
  const { body = '' } = valuesOf(submit);
  void attemptHere('Sending…', async (layer) => show(layer, await sendEdited(id, parseBody(body))));
}

/**
 * Shows a delivery instead of the one that it was made of.
 *
 * @param {State['layer']} before
 * @param {string} id
 * @returns {Partial<Said>}
 */
function show(before, id) {
  // Whoever has closed it does something else by now.
  if (state.layer !== before) return {};
  /** @type {State['layer']} */
  const layer = { kind: 'delivery', id };
  change({ layer });
  return { layer, text: 'This is what came of the edited body.' };
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
function save(id, submit) {
  const values = valuesOf(submit);
  void attemptHere('Writing…', async () => {
    /** @type {{ files: string[] }} */
    const { files } = await ask('POST', `/deliveries/${id}/record`, values);
    return { text: `Written: ${files.join(', ')}.` };
  });
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
