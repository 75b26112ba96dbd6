import { html } from '../../node_modules/lit-html/lit-html.js';
import { badge } from './badge.js';
import { aboutOf, breakable, decisionOf, parse } from './deliveries.js';
import { dialogView } from './dialog.js';
import { state } from './state.js';
import { toolsView } from './tools.js';
/** @import { Attempt } from './types.d.ts' */

/**
 * One delivery with all that was sent and answered, and what can be done with it.
 *
 * @param {string} id
 */
export function deliveryView(id) {
  const delivery = state.deliveries.find((each) => each.id === id);
  if (delivery === undefined) return dialogView({ title: id, content: 'This delivery is not there any more.' });
  const { event, state: is, next_attempt_at: next, attempts } = delivery;
  const content = html`
    <p class="meta">
      ${badge(decisionOf(delivery) ?? is)} <span>${aboutOf(delivery)}</span> <code>${id}</code>
      ${next === null ? null : html`<span>next attempt at ${new Date(next).toLocaleTimeString()}</span>`}
    </p>
    ${toolsView(delivery)} ${attempts.toReversed().map((attempt, index) => attemptView(attempt, index === 0))}
    ${attempts.length === 0 ? html`<p class="quiet">On its way…</p>` : null}
  `;
  return dialogView({ title: breakable(event), size: 'large', content });
}

/**
 * @param {Attempt} attempt
 * @param {boolean} isLatest
 */
function attemptView({ number, sent_at: at, url, headers, body, status, answer, error, milliseconds }, isLatest) {
  const came = status === null ? (error ?? 'no answer') : `HTTP ${status}`;
  return html`
    <details class="attempt-details" ?open=${isLatest}>
      <summary>Attempt ${number} · ${came} · ${milliseconds} ms · ${new Date(at).toLocaleTimeString()}</summary>
      <div class="exchange">
        <section>
          <h3>Sent</h3>
          <p class="line"><code>POST ${url}</code></p>
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
          <p class="line"><code>${came}</code></p>
          <pre data-part="answer">${answer === null ? (error ?? '') : pretty(answer)}</pre>
        </section>
      </div>
    </details>
  `;
}

/**
 * JSON as it is easiest to read; anything else as it is.
 *
 * @param {string} text
 */
function pretty(text) {
  const value = parse(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}
