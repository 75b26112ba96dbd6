import { html } from '../../node_modules/lit-html/lit-html.js';
import { badge } from './badge.js';
import { edit } from './deeds.js';
import { guardsView } from './guards.js';
import { menuButton } from './menuButton.js';
import { change, findCard, state, statusName } from './state.js';
/** @import { Card } from './types.d.ts' */

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
          <button type="button" class="quiet-button" @click=${() => change({ layer: { kind: 'edit', card } })}>
            Edit
          </button>
          ${menuButton({ key: card.key, kind: 'quiet-button', label: 'Actions' })}
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
            @change=${async (/** @type {{ target: HTMLSelectElement }} */ { target }) => {
              await edit(key, { assignee_id: target.value === '' ? null : Number(target.value) });
              target.value = String(findCard(key)?.assignee_id ?? '');
            }}
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
                <summary>A row in <code>${table}</code> ${verdictOf(record)}</summary>
                <pre>${JSON.stringify(record, null, 2)}</pre>
              </details>
            </li>
          `,
        )}
      </ul>
    </div>
  `;
}

/**
 * What a row is told from others by, if it is about a decision.
 *
 * @param {unknown} record
 */
function verdictOf(record) {
  const { decision } = /** @type {{ decision?: unknown }} */ (record);
  return typeof decision === 'string' ? badge(decision) : null;
}
