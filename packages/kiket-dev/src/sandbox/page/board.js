import { html } from '../../node_modules/lit-html/lit-html.js';
import { repeat } from '../../node_modules/lit-html/directives/repeat.js';
import { openDialog } from './dialog.js';
import { menuView } from './menu.js';
import { move, openProject, select } from './operations.js';
import { change, findCard, nextOf, state, statusName } from './state.js';
/** @import { Card } from './types.d.ts' */

/** The board of the chosen project. */
export function boardView() {
  const { projects = [], issues = [] } = state.pushed ?? {};
  const project = projects.find(({ key }) => key === state.project);
  const cards = issues.filter((issue) => issue.project_id === project?.id);
  return html`
    <section class="board" aria-labelledby="board-title">
      <h2 id="board-title" class="unseen">Board</h2>
      <header class="bar">
        <div class="segments" role="group" aria-label="Project">
          ${projects.map(
            ({ key, name }) => html`
              <button aria-pressed=${key === state.project} @click=${() => openProject(key)}>${name}</button>
            `,
          )}
        </div>
        <span>
          <button class="quiet-button" @click=${() => openDialog({ kind: 'reset' })}>Start over</button>
          <button class="quiet-button" @click=${() => openDialog({ kind: 'new' })}>New issue</button>
        </span>
      </header>
      <div class="columns" @dragend=${endDrag} @pointermove=${endDrag}>
        ${project?.states.map(({ key, name }) => columnView(key, name, cards))}
      </div>
    </section>
  `;
}

/** @param {string} status @param {string} name @param {readonly Card[]} cards */
function columnView(status, name, cards) {
  const own = cards.filter((card) => shownStatus(card) === status);
  const dragged = findCard(state.dragged);
  const isOpen = dragged !== undefined && nextOf(dragged).includes(status);
  return html`
    <section
      class="column"
      data-column=${status}
      aria-label=${name}
      ?data-open=${isOpen}
      ?data-closed=${dragged !== undefined && !isOpen && dragged.status !== status}
      @dragover=${(/** @type {DragEvent} */ event) => dragged?.status !== status && event.preventDefault()}
      @drop=${(/** @type {DragEvent} */ event) => drop(event, status)}
    >
      <h3>${name} <span class="count">${own.length}</span></h3>
      <ul class="cards">
        ${repeat(own, ({ key }) => key, cardView)}
      </ul>
    </section>
  `;
}

/** Where a card is shown: with its issue, unless the extension is being asked. @param {Card} card */
export function shownStatus({ key, status }) {
  return state.asking.get(key) ?? status;
}

/** @param {Card} card */
function cardView(card) {
  const { key, title, assignee, labels, waiting } = card;
  const isAsked = state.asking.has(key);
  return html`
    <li
      class="card"
      data-card=${key}
      draggable=${isAsked ? 'false' : 'true'}
      ?data-selected=${key === state.selected}
      @dragstart=${beginDrag}
    >
      <a
        class="face"
        href="#${key}"
        draggable="false"
        aria-current=${key === state.selected ? 'true' : 'false'}
        @click=${(/** @type {Event} */ event) => {
          event.preventDefault();
          select(key);
        }}
      >
        <span class="key">${key}</span>
        <span class="title">${title}</span>
        <span class="facts"
          >${assignee?.name ?? 'nobody'}${labels.map((label) => html`<span class="label">${label}</span>`)}</span
        >
        ${isAsked ? html`<span class="note asking">asking the extension…</span>` : waitingView(waiting)}
      </a>
      <button class="more" popovertarget="menu-${key}" aria-label="Menu of ${key}">⋯</button>
      ${menuView(key, `menu-${key}`)}
    </li>
  `;
}

/** @param {Card['waiting']} waiting */
function waitingView(waiting) {
  if (waiting === null) return null;
  const { approvals_given: given, approvals_needed: needed } = waiting.metadata;
  const approvals = typeof given === 'number' && typeof needed === 'number' ? `, ${given} of ${needed} approvals` : '';
  return html`<span class="note">waits for ${statusName(waiting.to)}${approvals}</span>`;
}

/** @param {DragEvent} event */
function beginDrag({ currentTarget, dataTransfer }) {
  const { card: key = '' } = /** @type {HTMLElement} */ (currentTarget).dataset;
  dataTransfer?.setData('text/plain', key);
  // The browser takes its picture of the card first.
  setTimeout(() => change({ dragged: key }));
}

/** A pointer moves again when a drag has ended, also that of a card which is drawn elsewhere by then. */
function endDrag() {
  if (state.dragged !== undefined) change({ dragged: undefined });
}

/** @param {DragEvent} event @param {string} status */
function drop(event, status) {
  event.preventDefault();
  const key = event.dataTransfer?.getData('text/plain') ?? '';
  endDrag();
  if (findCard(key)?.status !== status) void move(key, status);
}
