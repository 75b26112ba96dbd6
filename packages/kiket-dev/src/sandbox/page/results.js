import { html } from '../../node_modules/lit-html/lit-html.js';
import { badge, sign } from './badge.js';
import { openDialog } from './dialog.js';
import { act, edit, fieldName, move, setFaults, switchTo } from './operations.js';
import { actionsFor, findCard, state, statusName } from './state.js';
import { changedFaults } from './faults.js';
/** @import { AskedMove, Card, Reason, Result } from './types.d.ts' */

/** What happened when somebody did something, and what they can do next. */
export function resultsView() {
  return html`
    <section class="panel results" aria-labelledby="results-title" data-status=${state.results[0]?.status ?? ''}>
      <h2 id="results-title" class="unseen">Result</h2>
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
  const said = reasons.length > 0 ? reasonsView(reasons) : html`<p class="message">${message}</p>`;
  return html`
    <div class="result">
      <p class="bar"><b>${title}</b> ${badge(status)}</p>
      ${said}
      <ul class="changes">
        ${changes.map(({ label, from, to }) => html`<li>${label}: <s>${from}</s> → <b>${to}</b></li>`)}
      </ul>
      ${status === 'failed' ? faultsStep() : null} ${asked === undefined ? null : stepsView(asked, status)}
      ${dataView(data)}
    </div>
  `;
}

/** @param {unknown} data */
function dataView(data) {
  if (typeof data !== 'object' || data === null || Object.keys(data).length === 0) return null;
  return html`
    <details>
      <summary>Data</summary>
      <pre>${JSON.stringify(data, null, 2)}</pre>
    </details>
  `;
}

function faultsStep() {
  if (changedFaults().length === 0) return null;
  return html`<p class="steps"><button @click=${() => void setFaults()}>Turn off all faults</button></p>`;
}

/** What the guards say: objections one by one, and the guards that allow in one line. @param {readonly Reason[]} reasons */
export function reasonsView(reasons) {
  const objections = reasons.filter(({ status, message }) => status !== 'allow' || Boolean(message));
  const others = reasons.filter((reason) => !objections.includes(reason)).map(({ guard }) => guard);
  const told = objections.length === 0 ? 'No guard objects.' : html`<code>${others.join(', ')}</code>`;
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
        others.length === 0 && objections.length > 0
          ? null
          : html`<li data-status="allow">
              ${sign('allow')}
              <p class="quiet">${told}</p>
            </li>`
      }
    </ul>
  `;
}

/**
 * What somebody can do next about a move: ask for it, fill in what is missing, or approve it.
 *
 * @param {AskedMove} asked
 * @param {string} status what came of it, or would
 */
export function stepsView({ key, to, missing }, status) {
  const card = findCard(key);
  if (card === undefined || card.status === to) return null;
  if (card.waiting?.to === to) return html`<p class="steps">${approvalSteps(card)}</p>`;
  if (status === 'deny' && missing.length > 0) {
    return html`<p class="steps">${missing.map((field) => fieldStep(card, field))}</p>`;
  }
  const states = state.pushed?.projects.find(({ id }) => id === card.project_id)?.states.map((each) => each.key) ?? [];
  const isForwards = states.indexOf(to) > states.indexOf(card.status);
  return html`
    <p class="steps">
      <button class=${isForwards && status !== 'deny' ? 'main-button' : ''} @click=${() => void move(key, to)}>
        ${status === 'failed' ? 'Try again' : `Move to ${statusName(to)}`}
      </button>
    </p>
  `;
}

/** Nobody approves their own move. @param {Card} card */
function approvalSteps({ key, waiting }) {
  const approval = actionsFor('issue').find((action) => action.key.startsWith('approve'));
  const mover = waiting?.user?.email;
  const others = state.pushed?.users.filter(({ email }) => email !== mover) ?? [];
  const approver = others.find(({ email }) => email === state.me) ?? others[0];
  const next = others.find(({ email }) => email !== state.me);
  if (approval === undefined || approver === undefined || next === undefined) return null;
  const approve = () => {
    if (approver.email !== state.me) switchTo(approver.email);
    void act(approval.key, { issue: key });
  };
  return html`
    <button class="main-button" @click=${approve}>Approve as ${approver.name}</button>
    <button @click=${() => switchTo(next.email)}>Switch to ${next.name}</button>
  `;
}

/** @param {Card} card @param {string} field */
function fieldStep(card, field) {
  const me = state.pushed?.users.find(({ email }) => email === state.me);
  if (field === 'assignee_id' && me !== undefined) {
    return html`<button class="main-button" @click=${() => void edit(card.key, { assignee_id: me.id })}>
      Assign to ${me.name}
    </button>`;
  }
  return html`<button class="main-button" @click=${() => openDialog({ kind: 'edit', card, missing: field })}>
    Fill in ${fieldName(field)}
  </button>`;
}
