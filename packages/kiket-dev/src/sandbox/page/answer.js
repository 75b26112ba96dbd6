import { html } from '../../node_modules/lit-html/lit-html.js';
import { badge } from './badge.js';
import { reasonsView } from './guards.js';
import { state } from './state.js';
/** @import { Answer } from './types.d.ts' */

/** What came of the last thing that somebody did. */
export function answerView() {
  return html`
    <section class="panel answer" aria-labelledby="answer-title" data-status=${state.answer?.status ?? ''}>
      <h2 id="answer-title" class="unseen">What came of it</h2>
      ${state.answer === undefined ? hint() : saidView(state.answer)}
    </section>
  `;
}

function hint() {
  return html`<p class="quiet">
    Drag a card to another column, or press Space on it. The guardian is really asked, and answers here.
  </p>`;
}

/** @param {Answer} answer @returns {unknown} */
function saidView({ title, status, message, reasons, approvals, data, moves }) {
  return html`
    <p class="said-title">${badge(status)} <b>${title}</b></p>
    ${approvals === null ? null : html`<p class="approvals">${approvals}</p>`}
    ${reasons.length > 0 ? reasonsView(reasons) : html`<p class="message">${message}</p>`} ${moves.map(saidView)}
    ${dataView(data)}
  `;
}

/** @param {unknown} data */
function dataView(data) {
  if (typeof data !== 'object' || data === null || Object.keys(data).length === 0) return null;
  return html`
    <details class="data">
      <summary>Data</summary>
      <pre>${JSON.stringify(data, null, 2)}</pre>
    </details>
  `;
}
