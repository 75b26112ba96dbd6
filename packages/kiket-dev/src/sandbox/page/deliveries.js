import { html } from '../../node_modules/lit-html/lit-html.js';
import { repeat } from '../../node_modules/lit-html/directives/repeat.js';
import { badge } from './badge.js';
import { change, state } from './state.js';
/** @import { Delivery, Subject } from './types.d.ts' */

/** The deliveries, the newest first, as they are made. */
export function deliveriesView() {
  const { deliveries } = state;
  return html`
    <section class="panel deliveries" aria-labelledby="deliveries-title">
      <header class="bar">
        <h2 id="deliveries-title">Deliveries <span class="count">${deliveries.length}</span></h2>
        <span class="live" data-live=${state.isLive}>${state.isLive ? 'live' : 'connection lost'}</span>
      </header>
      ${
        deliveries.length === 0
          ? html`<p class="quiet">Nothing has been delivered yet.</p>`
          : html`
              <p class="row head" aria-hidden="true">
                <span>Event</span><span>About</span><span>Attempt</span><span>HTTP</span><span>Answer</span
                ><span>Time</span>
              </p>
              <ol class="rows">
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
        type="button"
        class="row"
        data-delivery=${id}
        aria-haspopup="dialog"
        @click=${() => change({ layer: { kind: 'delivery', id } })}
      >
        <span class="event">${breakable(event)}</span>
        <span class="about">${aboutOf(delivery)}</span>
        <span class="attempt"><span class="word">attempt </span>${latest?.number ?? 1}</span>
        <span class="http"
          ><span class="word">HTTP </span>${latest === undefined ? '' : (latest.status ?? 'none')}</span
        >
        <span class="decision">${badge(decisionOf(delivery) ?? is)}</span>
        <span class="time">${latest === undefined ? '' : `${latest.milliseconds} ms`}</span>
      </button>
    </li>
  `;
}

/**
 * A name that is long and has no spaces, to be broken between its parts alone where there is room for them.
 *
 * @param {string} name
 */
export function breakable(name) {
  return name.split(/(?<=[._:])/).map((part) => html`${part}<wbr />`);
}

/**
 * The issue or project that a delivery is about.
 *
 * @param {Delivery} delivery
 */
export function aboutOf({ content }) {
  const { issue, project, context } = /** @type {Subject & { context?: Subject }} */ (content);
  const named = issue ?? context?.issue ?? project ?? context?.project;
  return named?.key ?? '';
}

/**
 * What the extension answered in a word, if it did: a decision or an action's status.
 *
 * @param {Delivery} delivery
 */
export function decisionOf({ attempts, state: is }) {
  const latest = attempts.at(-1);
  if (latest === undefined || latest.status === null || is === 'waiting') return undefined;
  const { status } = /** @type {{ status?: unknown }} */ (parse(latest.answer) ?? {});
  return latest.status < 300 && typeof status === 'string' ? status : undefined;
}

/**
 * @param {string | null} text
 * @returns {unknown}
 */
export function parse(text) {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
