import { html } from '../../node_modules/lit-html/lit-html.js';
import { badge } from './badge.js';
import { attemptHere, dialogView, noteView, onSubmit, openDialog, parseJson } from './dialog.js';
import { ask } from './sandbox.js';
import { findDelivery, state } from './state.js';
/** @import { Delivery, Signed } from './types.d.ts' */

/** How long the extension accepts what has been signed, in milliseconds. */
const toleranceMs = 5 * 60 * 1000;

/** One delivery with all that was sent and answered, and what can be done with it. @param {string} id */
export function deliveryView(id) {
  const delivery = findDelivery(id);
  if (delivery === undefined) return dialogView({ title: id, content: "This delivery isn't listed any more." });
  const { event, next_attempt_at: next, attempts } = delivery;
  const content = html`
    <p class="meta">
      ${badge(answerOf(delivery))} <span>${aboutOf(delivery)}</span> <code>${id}</code>
      ${next === null ? null : html`<span>next attempt at ${new Date(next).toLocaleTimeString()}</span>`}
    </p>
    ${toolsView(delivery)} ${attempts.toReversed().map((attempt, index) => attemptView(attempt, index === 0))}
    ${attempts.length === 0 ? html`<p class="quiet">Sending…</p>` : null}
  `;
  return dialogView({ title: event, size: 'large', content });
}

/** The issue or project that a delivery is about. @param {Delivery} delivery */
export function aboutOf({ content }) {
  /** @typedef {{ issue?: { key?: string }, project?: { key?: string } }} Subject */
  const { issue, project, context } = /** @type {Subject & { context?: Subject }} */ (content);
  return (issue ?? context?.issue ?? project ?? context?.project)?.key ?? '';
}

/** What the extension answered in a word: a decision or an action's status, or else what became of the delivery. @param {Delivery} delivery */
export function answerOf({ attempts, state: is }) {
  const latest = attempts.at(-1);
  if (latest === undefined || latest.status === null || latest.status >= 300 || is === 'waiting') return is;
  const { status } = /** @type {{ status?: unknown }} */ (parse(latest.answer) ?? {});
  return typeof status === 'string' ? status : is;
}

/** @param {string | null} text @returns {unknown} */
function parse(text) {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** @param {Delivery['attempts'][number]} attempt @param {boolean} isLatest */
function attemptView({ number, sent_at: at, url, headers, body, status, answer, error, milliseconds }, isLatest) {
  const sent = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const outcome = status === null ? (error ?? 'no answer') : `HTTP ${status}`;
  return html`
    <details class="attempt-details" ?open=${isLatest}>
      <summary>Attempt ${number} · ${outcome} · ${milliseconds} ms · ${new Date(at).toLocaleTimeString()}</summary>
      <div class="exchange">
        <section>
          <h3>Sent</h3>
          <p><code>POST ${url}</code></p>
          <pre data-part="headers">${sent.join('\n')}</pre>
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
        <form class="form" @submit=${onSubmit('Sending…', ({ body = '' }) => sendChanged(id, body))}>
          <label>
            Body (its token and secrets are added when it's sent)
            <textarea
              name="body"
              rows="14"
              spellcheck="false"
              .defaultValue=${JSON.stringify(content, null, 2)}
            ></textarea>
          </label>
          <button>Send</button>
        </form>
      </details>
      <details>
        <summary>Save as replay</summary>
        <form class="form" autocomplete="off" @submit=${onSubmit('Saving…', (values) => save(id, values))}>
          <label>File name in replay/ <input name="name" .defaultValue=${event.replace(/^.*[.:]/, '')} /></label>
          <p class="quiet">npm run replay sends it again, and expects the same answer.</p>
          <button>Save</button>
        </form>
      </details>
      ${noteView()}
      ${command === undefined ? null : html`<pre tabindex="0" role="group" aria-label="curl command">${command}</pre>`}
    </div>
  `;
}

/** @param {string} id */
async function sendAgain(id) {
  await ask('POST', `/deliveries/${id}/redeliver`);
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

/** Shows the changed delivery, unless somebody has opened another dialog by now. @param {string} id @param {string} text */
async function sendChanged(id, text) {
  const { dialog } = state;
  /** @type {Delivery} */
  const sent = await ask('POST', `/deliveries/${id}/send`, { body: parseJson(text, 'Body') });
  const note = { text: 'This is the delivery with your changes.' };
  if (state.dialog === dialog) openDialog(() => deliveryView(sent.id), note);
  return undefined;
}

/** @param {string} id @param {Record<string, string>} values */
async function save(id, values) {
  /** @type {{ files: string[] }} */
  const { files } = await ask('POST', `/deliveries/${id}/record`, values);
  return { text: `Saved: ${files.join(', ')}.` };
}
