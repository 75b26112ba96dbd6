import { html } from '../../node_modules/lit-html/lit-html.js';
import { badge } from './badge.js';
import { targetOf } from './load.js';
import { aimAt } from './look.js';
import { myName, nextOf, state, statusName } from './state.js';
/** @import { Card, Reason } from './types.d.ts' */

/**
 * What each guard says about the next move of an issue.
 *
 * @param {Card} card
 */
export function guardsView(card) {
  const target = targetOf();
  if (target === undefined) return html`<p class="quiet">From ${statusName(card.status)} it can go nowhere.</p>`;
  return html`
    <div class="guards" role="group" aria-labelledby="guards-title">
      <div class="bar">
        <h3 id="guards-title">May ${myName()} move it to</h3>
        ${verdictView(card.key, target)}
      </div>
      <div class="segments" role="group" aria-label="Next status">
        ${nextOf(card).map(
          (to) => html`
            <button type="button" aria-pressed=${to === target} @click=${() => aimAt(to)}>${statusName(to)}</button>
          `,
        )}
      </div>
      ${reportView(card.key, target)}
    </div>
  `;
}

/**
 * @param {string} key
 * @param {string} target
 */
function reportView(key, target) {
  const { guards } = state;
  if (guards?.key !== key || guards.to !== target) return html`<p class="quiet">Asking every guard…</p>`;
  if (guards.report === undefined) return html`<p class="trouble">${guards.trouble}</p>`;
  return reasonsView(guards.report.guards);
}

/**
 * What it comes to, all guards together.
 *
 * @param {string} key
 * @param {string} target
 */
function verdictView(key, target) {
  const { guards } = state;
  if (guards?.key !== key || guards.to !== target || guards.report === undefined) return null;
  return html`<span class="verdict">${badge(guards.report.status)}</span>`;
}

/**
 * Guards with what they say, one a line.
 *
 * @param {readonly Reason[]} reasons
 */
export function reasonsView(reasons) {
  return html`
    <ul class="reasons">
      ${reasons.map(
        ({ guard, status, message }) => html`
          <li data-guard=${guard} data-status=${status}>
            ${badge(status)}
            <p><code>${guard}</code> <span class="reason">${message ?? 'No objection.'}</span></p>
          </li>
        `,
      )}
    </ul>
  `;
}
