import { html } from '../../node_modules/lit-html/lit-html.js';
import { badge } from './badge.js';
import { openDialog } from './dialog.js';
import { menuView } from './menu.js';
import { edit, select } from './operations.js';
import { reasonsView, stepsView } from './results.js';
import { findCard, myName, nextOf, state, statusName } from './state.js';
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
          <button class="quiet-button" @click=${() => openDialog({ kind: 'edit', card })}>Edit</button>
          <button class="quiet-button" popovertarget="issue-menu">Actions</button>
        </span>
        ${menuView(card.key, 'issue-menu')}
      </header>
      ${fieldsView(card)} ${previewView(card)} ${writtenView(card)}
    </section>
  `;
}

/** @param {Card} card */
function fieldsView({ key, status, assignee_id: assigneeId, priority }) {
  return html`
    <dl class="fields">
      <div>
        <dt>Status</dt>
        <dd>${statusName(status)}</dd>
      </div>
      <div>
        <dt><label for="assignee">Assignee</label></dt>
        <dd>
          <select
            id="assignee"
            .value=${String(assigneeId ?? '')}
            @change=${async (/** @type {{ target: HTMLSelectElement }} */ { target }) => {
              await edit(key, { assignee_id: target.value === '' ? null : Number(target.value) });
              target.value = String(findCard(key)?.assignee_id ?? '');
            }}
          >
            <option value="" ?selected=${assigneeId === null}>nobody</option>
            ${state.pushed?.users.map(
              ({ id, name }) => html`<option value=${id} ?selected=${id === assigneeId}>${name}</option>`,
            )}
          </select>
        </dd>
      </div>
      <div>
        <dt>Priority</dt>
        <dd>${priority}</dd>
      </div>
    </dl>
  `;
}

/** What the guards would say about the next move, beside the question. @param {Card} card */
function previewView(card) {
  const next = nextOf(card);
  const { preview } = state.pushed ?? {};
  const shown = preview?.issue === card.key && next.includes(preview.to) ? preview : undefined;
  const target = next.find((to) => to === state.target) ?? card.waiting?.to ?? next.at(-1);
  if (target === undefined) return html`<p class="quiet">From ${statusName(card.status)} it can't go anywhere.</p>`;
  const mover = card.waiting?.to === target ? (card.waiting.user?.name ?? 'the extension') : myName();
  const isCurrent = shown?.to === target;
  return html`
    <div class="preview" role="group" aria-labelledby="preview-title" aria-busy=${!isCurrent}>
      <p class="question">
        <b id="preview-title">Can ${mover} move it to ${statusName(target)}?</b>
        ${isCurrent && shown.report !== null ? badge(shown.report.status) : null}
      </p>
      <div class="segments" role="group" aria-label="Next status">
        ${next.map(
          (to) => html`
            <button aria-pressed=${to === target} @click=${() => select(card.key, to)}>${statusName(to)}</button>
          `,
        )}
      </div>
      ${shown === undefined ? html`<p class="quiet">Asking the guards…</p>` : answerView(shown)}
    </div>
  `;
}

/** @param {NonNullable<Pushed['preview']>} preview */
function answerView({ issue, to, report, trouble }) {
  if (report === null) return html`<p class="trouble">${trouble}</p>`;
  const answer = html`${reasonsView(report.guards)} ${stepsView({ key: issue, to, missing: [] }, report.status)}`;
  if (!isTold(issue, to, report.guards)) return answer;
  return html`<details>
    <summary class="quiet">Same answer as above</summary>
    ${reasonsView(report.guards)}
  </details>`;
}

/**
 * Whether the result above says the same already.
 *
 * @param {string} key
 * @param {string} to
 * @param {readonly Reason[]} guards
 */
function isTold(key, to, guards) {
  const { move, reasons = [] } = state.results[0] ?? {};
  const textOf = (/** @type {Reason} */ { guard, status, message }) => `${guard} ${status} ${message}`;
  const objections = guards.filter(({ status }) => status !== 'allow').map(textOf);
  const isSame = objections.length > 0 && objections.join('\n') === reasons.map(textOf).join('\n');
  return isSame && move?.key === key && move.to === to;
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

/** What a row is told from others by, if it's about a decision. @param {unknown} record */
function decisionOf(record) {
  const { decision } = /** @type {{ decision?: unknown }} */ (record);
  return typeof decision === 'string' ? badge(decision) : null;
}
