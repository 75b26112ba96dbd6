import { html } from '../../node_modules/lit-html/lit-html.js';
import { badge, sign } from './badge.js';
import { openDialog } from './dialog.js';
import { changedFaults } from './faults.js';
import { fieldName } from './fields.js';
import { missingFieldView, startAction } from './forms.js';
import { edit, move, setFaults, switchTo } from './operations.js';
import { actionsFor, findCard, findMe, state, statusesOf, statusName } from './state.js';
/** @import { AskedMove, Card, Reason, Result } from './types.d.ts' */

/** What happened when somebody did something, and what they can do next. */
export function resultsView() {
  return html`
    <section class="panel results" aria-label="Result" aria-live="polite" data-status=${state.results[0]?.status ?? ''}>
      ${
        state.results.length > 0
          ? state.results.map(resultView)
          : html`<p class="quiet">
              Move a card: drag it, or open its ⋯ menu. Your extension decides, and says here why.
            </p>`
      }
    </section>
  `;
}

/** @param {Result} result */
function resultView({ title, status, message, reasons = [], changes = [], data, move: asked }) {
  const isFaulty = status === 'failed' && changedFaults().length > 0;
  return html`
    <div class="result">
      <p class="bar"><b>${title}</b> ${badge(status)}</p>
      ${reasons.length > 0 ? reasonsView(reasons) : html`<p>${message}</p>`}
      ${changes.map(({ label, from, to }) => html`<p>${label}: <s>${from}</s> → <b>${to}</b></p>`)}
      ${asked === undefined ? null : stepsView(asked, status)}
      ${isFaulty ? html`<button @click=${() => void setFaults()}>Turn off all faults</button>` : null} ${dataView(data)}
    </div>
  `;
}

/** What an action answered for machines. @param {unknown} data */
function dataView(data) {
  if (typeof data !== 'object' || data === null || Object.keys(data).length === 0) return null;
  return html`
    <details>
      <summary>Data</summary>
      <pre>${JSON.stringify(data, null, 2)}</pre>
    </details>
  `;
}

/** What the guards say: objections one by one, and the guards that allow in one line. @param {readonly Reason[]} reasons */
export function reasonsView(reasons) {
  const objections = reasons.filter(({ status, message }) => status !== 'allow' || Boolean(message));
  const others = reasons.filter((reason) => !objections.includes(reason)).map(({ guard }) => guard);
  const agreed = objections.length === 0 ? 'No guard objects.' : html`<code>${others.join(', ')}</code>`;
  const isAgreed = others.length > 0 || objections.length === 0;
  return html`
    <ul class="reasons">
      ${objections.map(
        ({ guard, status, message }) => html`
          <li data-guard=${guard} data-status=${status}>
            ${sign(status)}
            <p><span class="reason">${message}</span> <code>${guard}</code></p>
          </li>
        `,
      )}
      ${
        isAgreed
          ? html`<li data-status="allow">
              ${sign('allow')}
              <p class="quiet">${agreed}</p>
            </li>`
          : null
      }
    </ul>
  `;
}

/** What somebody can do next about a move that has this status, or would. @param {AskedMove} asked @param {string} status */
export function stepsView({ key, to, missing }, status) {
  const card = findCard(key);
  if (card === undefined || card.status === to) return null;
  if (card.waiting?.to === to) return approvalSteps(key, card.waiting);
  if (status === 'deny' && missing.length > 0) return missing.map((field) => fieldStep(card, field));
  const order = statusesOf(card).map((each) => each.key);
  const isNext = order.indexOf(to) > order.indexOf(card.status) && status !== 'deny';
  return html`
    <button class=${isNext ? 'main-button' : ''} @click=${() => void move(key, to)}>
      ${status === 'failed' ? 'Try again' : `Move to ${statusName(to)}`}
    </button>
  `;
}

/** Offers the approval to somebody who may give it, as the guard says. @param {string} key @param {NonNullable<Card['waiting']>} waiting */
function approvalSteps(key, { metadata }) {
  const approval = actionsFor('issue').find((action) => action.key.startsWith('approve'));
  const { approval_from: from, approval_not_from: notFrom } =
    /** @type {{ approval_from?: string[], approval_not_from?: string[] }} */ (metadata);
  if (approval === undefined || (from ?? notFrom) === undefined) return null;
  const others = (state.pushed?.users ?? []).filter(({ id, email }) => {
    const isAmong = (/** @type {string[]} */ people) =>
      [`id:${id}`, `email:${email}`].some((name) => people.includes(name));
    return from === undefined ? !isAmong(notFrom ?? []) : isAmong(from);
  });
  const approver = others.find(({ email }) => email === state.me) ?? others[0];
  if (approver === undefined) return html`<p class="quiet">Nobody on this board can approve this move.</p>`;
  const next = others.find(({ email }) => email !== state.me);
  const approve = () => {
    if (approver.email !== state.me) switchTo(approver.email);
    startAction(approval.key, { issue: key });
  };
  return html`
    <button class="main-button" @click=${approve}>Approve as ${approver.name}</button>
    ${next === undefined ? null : html`<button @click=${() => switchTo(next.email)}>Switch to ${next.name}</button>`}
  `;
}

/** @param {Card} card @param {string} field */
function fieldStep(card, field) {
  const me = findMe();
  const isMine = field === 'assignee_id' && me !== undefined;
  const fill = () =>
    isMine ? void edit(card.key, { assignee_id: me.id }) : openDialog(() => missingFieldView(card, field));
  return html`<button class="main-button" @click=${fill}>
    ${isMine ? `Assign to ${me.name}` : `Fill in ${fieldName(field)}`}
  </button>`;
}
