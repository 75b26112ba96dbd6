import { html } from '../../node_modules/lit-html/lit-html.js';
import { badge } from './badge.js';
import { aboutOf, decisionOf, parse } from './deliveries.js';
import { attemptHere, dialogView, noteView, parseJson, valuesOf } from './dialog.js';
import { redeliver, sendEdited } from './operations.js';
import { ask } from './sandbox.js';
import { change, findDelivery, state } from './state.js';
/** @import { Delivery, Dialog, Signed } from './types.d.ts' */

/** How long the extension accepts what has been signed, in milliseconds. */
const toleranceMs = 5 * 60 * 1000;

/** One delivery with all that was sent and answered, and what can be done with it. @param {string} id */
export function deliveryView(id) {
  const delivery = findDelivery(id);
  if (delivery === undefined) return dialogView({ title: id, content: "This delivery isn't listed any more." });
  const { event, state: is, next_attempt_at: next, attempts } = delivery;
  const content = html`
    <p class="meta">
      ${badge(decisionOf(delivery) ?? is)} <span>${aboutOf(delivery)}</span> <code>${id}</code>
      ${next === null ? null : html`<span>next attempt at ${new Date(next).toLocaleTimeString()}</span>`}
    </p>
    ${toolsView(delivery)} ${attempts.toReversed().map((attempt, index) => attemptView(attempt, index === 0))}
    ${attempts.length === 0 ? html`<p class="quiet">Sending…</p>` : null}
  `;
  return dialogView({ title: event, size: 'large', content });
}

/** @param {Delivery['attempts'][number]} attempt @param {boolean} isLatest */
function attemptView({ number, sent_at: at, url, headers, body, status, answer, error, milliseconds }, isLatest) {
  const outcome = status === null ? (error ?? 'no answer') : `HTTP ${status}`;
  return html`
    <details class="attempt-details" ?open=${isLatest}>
      <summary>Attempt ${number} · ${outcome} · ${milliseconds} ms · ${new Date(at).toLocaleTimeString()}</summary>
      <div class="exchange">
        <section>
          <h3>Sent</h3>
          <p><code>POST ${url}</code></p>
          <dl class="headers">
            ${Object.entries(headers).map(
              ([name, value]) => html`
                <div data-signature=${name === 'X-Kiket-Signature'}>
                  <dt>${name}</dt>
                  <dd>${value}</dd>
                </div>
              `,
            )}
          </dl>
          <pre data-part="body">${pretty(body)}</pre>
        </section>
        <section>
          <h3>Answered</h3>
          <p><code>${outcome}</code></p>
          <pre data-part="answer">${answer === null ? (error ?? '') : pretty(answer)}</pre>
        </section>
      </div>
    </details>
  `;
}

/** JSON as it's easiest to read; anything else as it is. @param {string} text */
function pretty(text) {
  const value = parse(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}

/** @param {Delivery} delivery */
function toolsView({ id, event, content }) {
  const { command } = state.dialog?.note ?? {};
  return html`
    <div class="tools">
      <button @click=${() => void attemptHere('Sending…', () => sendAgain(id))}>Redeliver</button>
      <button @click=${() => void attemptHere('Signing…', () => copy(id))}>Copy as curl</button>
      <details>
        <summary>Edit and send</summary>
        <form class="form" @submit=${(/** @type {SubmitEvent} */ submit) => sendChanged(id, submit)}>
          <label for="edited">Body (its token and secrets are added when it's sent)</label>
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
        <form class="form" @submit=${(/** @type {SubmitEvent} */ submit) => save(id, submit)}>
          <label for="recording">File name in replay/</label>
          <input id="recording" name="name" .defaultValue=${event.replace(/^.*[.:]/, '')} autocomplete="off" />
          <p class="quiet">npm run replay sends it again, and expects the same answer.</p>
          <button>Save</button>
        </form>
      </details>
      ${noteView()}
      ${
        command === undefined
          ? null
          : html`<pre class="command" tabindex="0" role="group" aria-label="Command">${command}</pre>`
      }
    </div>
  `;
}

/** @param {string} id */
async function sendAgain(id) {
  await redeliver(id);
  return { text: 'Sent again, with the same id.' };
}

/** @param {string} id */
async function copy(id) {
  const command = curlCommand(await ask('GET', `/deliveries/${id}/signed`));
  const until = new Date(Date.now() + toleranceMs).toLocaleTimeString();
  const how = await navigator.clipboard.writeText(command).then(
    () => 'Copied.',
    () => 'Copy it from here.',
  );
  return { text: `${how} The signature is valid until ${until}.`, command };
}

/** The command that sends it, for a POSIX shell. @param {Signed} signed */
function curlCommand({ url, headers, body }) {
  const quote = (/** @type {string} */ text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const lines = [
    `curl --silent --show-error --request POST ${quote(url)}`,
    ...Object.entries(headers).map(([name, value]) => `--header ${quote(`${name}: ${value}`)}`),
    `--data-binary ${quote(body)}`,
  ];
  return lines.join(' \\\n  ');
}

/** @param {string} id @param {SubmitEvent} submit */
function sendChanged(id, submit) {
  const { body = '' } = valuesOf(submit);
  void attemptHere('Sending…', async (dialog) => {
    const sent = await sendEdited(id, parseJson(body, 'Body'));
    showInstead(dialog, { kind: 'delivery', id: sent.id, note: { text: 'This is the delivery with your changes.' } });
    return undefined;
  });
}

/**
 * Shows another dialog, unless somebody has closed the first or opened another by now.
 *
 * @param {Dialog} before
 * @param {Dialog} dialog
 */
function showInstead(before, dialog) {
  if (state.dialog === before) change({ dialog });
}

/** @param {string} id @param {SubmitEvent} submit */
function save(id, submit) {
  const values = valuesOf(submit);
  void attemptHere('Saving…', async () => {
    /** @type {{ files: string[] }} */
    const { files } = await ask('POST', `/deliveries/${id}/record`, values);
    return { text: `Saved: ${files.join(', ')}.` };
  });
}
