import { html } from '../../node_modules/lit-html/lit-html.js';
import { live } from '../../node_modules/lit-html/directives/live.js';
import { badge } from './badge.js';
import { openDialog } from './dialog.js';
import { customTexts } from './fields.js';
import { editIssueView } from './forms.js';
import { menuView } from './menu.js';
import { edit, select } from './operations.js';
import { reasonsView, stepsView } from './results.js';
import { segmentsView } from './segments.js';
import { findCard, findMe, nextOf, state, statusName } from './state.js';
/** @import { Card, Pushed, Reason } from './types.d.ts' */

/** The selected issue: its fields, what the guards would say about its next move, and what was written about it. */
export function issueView() {
  const card = findCard(state.selected);
  if (card === undefined)
    return html`<section class="panel"><p class="quiet">Select a card to see its issue.</p></section>`;
  return html`
    <section class="panel issue" aria-labelledby="issue-title">
      <header class="bar">
        <h2 id="issue-title"><span class="key">${card.key}</span> ${card.title}</h2>
        <span>
          <button class="quiet-button" @click=${() => openDialog(() => editIssueView(card))}>Edit</button>
          <button class="quiet-button" popovertarget="issue-menu">Actions</button>
        </span>
        ${menuView(card.key, 'issue-menu')}
      </header>
      <dl class="fields">
        ${fieldView('Status', statusName(card.status))} ${assigneeView(card)} ${fieldView('Priority', card.priority)}
        ${customTexts(card).map(([name, text]) => fieldView(name, text))}
      </dl>
      ${previewView(card)} ${writtenView(card)}
    </section>
  `;
}

/** @param {string} name @param {string} text */
function fieldView(name, text) {
  return html`<div>
    <dt>${name}</dt>
    <dd>${text}</dd>
  </div>`;
}

/** @param {Card} card */
function assigneeView({ key, assignee_id: assigneeId }) {
  const people = [{ id: null, name: 'Unassigned' }, ...(state.pushed?.users ?? [])];
  const assign = (/** @type {{ target: HTMLSelectElement }} */ { target }) =>
    edit(key, { assignee_id: people[target.selectedIndex]?.id });
  return html`
    <div>
      <dt><label for="assignee">Assignee</label></dt>
      <dd>
        <select id="assignee" @change=${assign}>
          ${people.map(({ id, name }) => html`<option .selected=${live(id === assigneeId)}>${name}</option>`)}
        </select>
      </dd>
    </div>
  `;
}

/** What the guards would say about the next move, beside the question. @param {Card} card */
function previewView(card) {
  const next = nextOf(card);
  const { preview } = state.pushed ?? {};
  const shown = preview?.issue === card.key && next.includes(preview.to) ? preview : undefined;
  const target = next.find((to) => to === state.target) ?? card.waiting?.to ?? next.at(-1);
  if (target === undefined) return html`<p class="quiet">From ${statusName(card.status)} it can't go anywhere.</p>`;
  const mover = card.waiting?.to === target ? (card.waiting.user?.name ?? 'the extension') : findMe()?.name;
  const isCurrent = shown?.to === target;
  const choices = next.map((key) => ({ key, name: statusName(key) }));
  return html`
    <div class="preview" role="group" aria-labelledby="preview-title" aria-busy=${!isCurrent}>
      <p class="question" aria-live="polite">
        <b id="preview-title">Can ${mover} move it to ${statusName(target)}?</b>
        ${isCurrent && shown.report !== null && !isResult(shown) ? badge(shown.report.status) : null}
      </p>
      ${segmentsView('Next status', choices, target, (to) => select(card.key, to))}
      ${shown === undefined ? html`<p class="quiet">Asking the guards…</p>` : answerView(shown)}
    </div>
  `;
}

/** @param {NonNullable<Pushed['preview']>} preview */
function answerView(preview) {
  const { issue: key, to, report, trouble } = preview;
  if (report === null) return html`<p class="trouble">${trouble}</p>`;
  if (isResult(preview)) return html`<p class="quiet">Same answer as above</p>`;
  const missing = report.metadata.missing_fields;
  return html`${reasonsView(report.guards)} ${stepsView({ key, to, missing }, report.status)}`;
}

/** Whether the result above says the same. @param {NonNullable<Pushed['preview']>} preview */
function isResult({ issue, to, report }) {
  const { move, reasons = [] } = state.results[0] ?? {};
  const textOf = (/** @type {Reason} */ { guard, status, message }) => `${guard} ${status} ${message}`;
  const objections = report?.guards.filter(({ status }) => status !== 'allow').map(textOf) ?? [];
  const isSame = objections.length > 0 && objections.join('\n') === reasons.map(textOf).join('\n');
  return isSame && move?.key === issue && move.to === to;
}

/** @param {Card} card */
function writtenView({ comments, rows }) {
  if (comments.length + rows.length === 0) return null;
  return html`
    <div class="written">
      <h3>Comments and records</h3>
      <ul>
        ${comments.map(({ author, body }) => html`<li><b>${author?.name ?? 'The extension'}</b>: ${body}</li>`)}
        ${rows.map(
          ({ table, record }) => html`
            <li>
              <details>
                <summary>Row in <code>${table}</code> ${decisionOf(record)}</summary>
                <pre>${JSON.stringify(record, null, 2)}</pre>
              </details>
            </li>
          `,
        )}
      </ul>
    </div>
  `;
}

/** What tells a row from others, if it's about a decision. @param {unknown} record */
function decisionOf(record) {
  const { decision } = /** @type {{ decision?: unknown }} */ (record);
  return typeof decision === 'string' ? badge(decision) : null;
}
