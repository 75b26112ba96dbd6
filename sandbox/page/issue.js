import { html } from '../../node_modules/lit-html/lit-html.js';
import { badge } from './badge.js';
import { aimAt, edit } from './deeds.js';
import { targetOf } from './load.js';
import { change, findCard, myName, nextOf, state, statusName } from './state.js';
/** @import { Card, Reason } from './types.d.ts' */

/** The selected issue: its fields, what each guard says about its next move, and what was written about it. */
export function issueView() {
  const card = findCard(state.selected);
  if (card === undefined)
    return html`<section class="panel"><p class="quiet">Choose a card to see its guards.</p></section>`;
  return html`
    <section class="panel issue" aria-labelledby="issue-title">
      <header class="bar">
        <h2 id="issue-title"><span class="key">${card.key}</span> ${card.title}</h2>
        <span>
          <button type="button" class="quiet-button" @click=${() => change({ layer: { kind: 'edit', key: card.key } })}>
            Edit
          </button>
          <button
            type="button"
            class="quiet-button"
            aria-haspopup="menu"
            @click=${(/** @type {Event} */ { currentTarget }) =>
              change({ layer: { kind: 'menu', key: card.key, anchor: /** @type {Element} */ (currentTarget) } })}
          >
            Actions
          </button>
        </span>
      </header>
      ${fieldsView(card)} ${guardsView(card)} ${writtenView(card)}
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
            @change=${(/** @type {{ target: HTMLSelectElement }} */ { target }) =>
              void edit(key, { assignee_id: target.value === '' ? null : Number(target.value) })}
          >
            <option value="" ?selected=${assigneeId === null}>nobody</option>
            ${state.board?.users.map(
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

/** @param {Card} card */
function guardsView(card) {
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
            <p><code>${guard}</code> <span class="reason">${message ?? 'Nothing against it.'}</span></p>
          </li>
        `,
      )}
    </ul>
  `;
}

/** @param {Card} card */
function writtenView({ key }) {
  const { details } = state;
  if (details?.key !== key || details.comments.length + details.rows.length === 0) return null;
  return html`
    <div class="written">
      <h3>Written about it</h3>
      <ul>
        ${details.comments.map(
          ({ author, body }) => html`<li><b>${author?.name ?? 'The extension'}</b> comments: ${body}</li>`,
        )}
        ${details.rows.map(
          ({ table, record }) => html`
            <li>
              <details>
                <summary>A row in <code>${table}</code></summary>
                <pre>${JSON.stringify(record, null, 2)}</pre>
              </details>
            </li>
          `,
        )}
      </ul>
    </div>
  `;
}
