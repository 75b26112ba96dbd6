import { html } from '../../node_modules/lit-html/lit-html.js';
import { repeat } from '../../node_modules/lit-html/directives/repeat.js';
import { carry } from './carry.js';
import { beginDrag } from './drag.js';
import { select } from './look.js';
import { menuButton } from './menuButton.js';
import { missingApprovals } from './tell.js';
import { change, currentProject, findHeld, nextOf, state, statusName } from './state.js';
/** @import { Board, Card } from './types.d.ts' */

/** The board of the chosen project. */
export function boardView() {
  const project = currentProject();
  const cards = state.board?.issues.filter((issue) => issue.project_id === project?.id) ?? [];
  return html`
    <section class="board" aria-labelledby="board-title">
      <header class="bar">
        <h2 id="board-title" class="unseen">Board</h2>
        ${projectSwitch(state.board?.projects ?? [])}
        <span>
          <button type="button" class="quiet-button" @click=${() => change({ layer: { kind: 'anew' } })}>
            Start over
          </button>
          <button type="button" class="quiet-button" @click=${() => change({ layer: { kind: 'new' } })}>
            New issue
          </button>
        </span>
      </header>
      <p id="how-to-move" class="unseen">
        Enter shows it. Space picks it up: arrow keys then choose a column, Space or Enter drops it, Escape puts it
        back.
      </p>
      <div class="columns" @pointerdown=${beginDrag}>
        ${project?.states.map(({ key, name }) => columnView(key, name, cards))}
      </div>
    </section>
  `;
}

/** @param {Board['projects']} projects */
function projectSwitch(projects) {
  return html`
    <div class="segments" role="group" aria-label="Project">
      ${projects.map(
        ({ key, name }) => html`
          <button type="button" aria-pressed=${key === state.project} @click=${() => change({ project: key })}>
            ${name}
          </button>
        `,
      )}
    </div>
  `;
}

/**
 * @param {string} status
 * @param {string} name
 * @param {readonly Card[]} cards
 */
function columnView(status, name, cards) {
  const own = cards.filter((card) => shownStatus(card) === status);
  return html`
    <section class="column" data-column=${status} aria-label=${name}>
      <h3>${name} <span class="count">${own.length}</span></h3>
      <ul class="cards">
        ${repeat(own, ({ key }) => key, cardView)}
      </ul>
    </section>
  `;
}

/**
 * Where a card is shown: with its issue, unless it is carried or asked about.
 *
 * @param {Card} card
 */
function shownStatus({ key, status }) {
  return findHeld(key)?.to ?? status;
}

/** @param {Card} card */
function cardView(card) {
  const { key, title, assignee, labels, waiting } = card;
  const how = findHeld(key)?.how ?? '';
  return html`
    <li
      class="card"
      data-card=${key}
      data-next=${nextOf(card).join(' ')}
      data-held=${how}
      ?data-selected=${key === state.selected}
    >
      <span class="grip" aria-hidden="true"></span>
      <button
        type="button"
        class="face"
        aria-describedby="how-to-move"
        aria-current=${key === state.selected ? 'true' : 'false'}
        @click=${() => select(key)}
        @keydown=${(/** @type {KeyboardEvent} */ event) => carry(event, card)}
      >
        <span class="key">${key}</span>
        <span class="title">${title}</span>
        <span class="facts"
          >${assignee?.name ?? 'nobody'}${labels.map((label) => html`<span class="label">${label}</span>`)}</span
        >
        ${how === 'asked' ? html`<span class="note asking">asking the guardian…</span>` : noteOf(waiting)}
      </button>
      ${menuButton({ key, kind: 'more', label: '⋯', name: `Menu of ${key}` })}
    </li>
  `;
}

/** @param {Card['waiting']} waiting */
function noteOf(waiting) {
  if (waiting === null) return null;
  const approvals = missingApprovals(waiting.metadata);
  return html`<span class="note" data-status="pending">
    waits for ${statusName(waiting.to)}${approvals === null ? '' : html`<br />${approvals}`}
  </span>`;
}
