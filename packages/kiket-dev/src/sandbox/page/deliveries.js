import { html } from '../../node_modules/lit-html/lit-html.js';
import { repeat } from '../../node_modules/lit-html/directives/repeat.js';
import { badge } from './badge.js';
import { openDialog } from './dialog.js';
import { state } from './state.js';
/** @import { Delivery } from './types.d.ts' */

/** The deliveries, the newest first, as they are made. */
export function deliveriesView() {
  const { deliveries = [] } = state.pushed ?? {};
  const isEmpty = deliveries.length === 0;
  return html`
    <section class="panel deliveries" aria-labelledby="deliveries-title" ?data-empty=${isEmpty}>
      <header class="bar">
        <h2 id="deliveries-title">Deliveries <span class="count">${deliveries.length}</span></h2>
        ${isEmpty ? null : html`<span class="quiet hint">Select one to see what was sent and answered</span>`}
      </header>
      ${
        isEmpty
          ? html`<p class="quiet">Every webhook that your extension gets appears here, with what it answered.</p>`
          : html`
              <ol class="rows">
                <li class="row head" aria-hidden="true">
                  <span>Event</span><span>About</span><span>Attempts</span><span>HTTP</span><span>Answer</span
                  ><span>Time</span>
                </li>
                ${repeat(deliveries, ({ id }) => id, rowView)}
              </ol>
            `
      }
    </section>
  `;
}

/** @param {Delivery} delivery */
function rowView(delivery) {
  const { id, event, state: is, attempts } = delivery;
  const latest = attempts.at(-1);
  return html`
    <li>
      <button
        class="row"
        data-delivery=${id}
        aria-haspopup="dialog"
        @click=${() => openDialog({ kind: 'delivery', id })}
      >
        <span class="event">${event}</span>
        <span class="about">${aboutOf(delivery)}</span>
        <span class="attempt"><span class="word">Attempts </span>${latest?.number ?? 0}</span>
        <span class="http"
          ><span class="word">HTTP </span>${latest === undefined ? '' : (latest.status ?? 'none')}</span
        >
        <span class="decision">${badge(decisionOf(delivery) ?? is)}</span>
        <span class="time">${latest === undefined ? '' : `${Math.round(latest.milliseconds)} ms`}</span>
      </button>
    </li>
  `;
}

/** The issue or project that a delivery is about. @param {Delivery} delivery */
export function aboutOf({ content }) {
  /** @typedef {{ issue?: { key?: string }, project?: { key?: string } }} Subject */
  const { issue, project, context } = /** @type {Subject & { context?: Subject }} */ (content);
  return (issue ?? context?.issue ?? project ?? context?.project)?.key ?? '';
}

/** What the extension answered in a word, if it did: a decision or an action's status. @param {Delivery} delivery */
export function decisionOf({ attempts, state: is }) {
  const latest = attempts.at(-1);
  if (latest === undefined || latest.status === null || is === 'waiting') return undefined;
  const { status } = /** @type {{ status?: unknown }} */ (parse(latest.answer) ?? {});
  return latest.status < 300 && typeof status === 'string' ? status : undefined;
}

/** @param {string | null} text @returns {unknown} */
export function parse(text) {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
