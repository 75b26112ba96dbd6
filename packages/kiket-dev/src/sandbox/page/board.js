import { html } from '../../node_modules/lit-html/lit-html.js';
import { repeat } from '../../node_modules/lit-html/directives/repeat.js';
import { openDialog } from './dialog.js';
import { newIssueView, resetView } from './forms.js';
import { menuView } from './menu.js';
import { move, openProject, select } from './operations.js';
import { segmentsView } from './segments.js';
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
        ${segmentsView('Project', projects, state.project, openProject)}
        <span>
          <button class="quiet-button" @click=${() => openDialog(resetView)}>Start over</button>
          <button class="quiet-button" @click=${() => openDialog(newIssueView)}>New issue</button>
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
  const isElsewhere = dragged !== undefined && dragged.status !== status;
  const isOpen = isElsewhere && nextOf(dragged).includes(status);
  return html`
    <section
      class="column"
      data-column=${status}
      aria-label=${name}
      ?data-open=${isOpen}
      ?data-closed=${isElsewhere && !isOpen}
      @dragover=${(/** @type {DragEvent} */ event) => isElsewhere && event.preventDefault()}
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
function cardView({ key, title, assignee, labels, waiting }) {
  const isAsked = state.asking.has(key);
  const isSelected = key === state.selected;
  const choose = (/** @type {Event} */ event) => {
    event.preventDefault();
    select(key);
  };
  return html`
    <li class="card" data-card=${key} draggable=${!isAsked} ?data-selected=${isSelected} @dragstart=${beginDrag}>
      <a class="face" id="face-${key}" href="#${key}" draggable="false" aria-current=${isSelected} @click=${choose}>
        <span class="key">${key}</span>
        <span class="title">${title}</span>
        <span class="facts"
          >${assignee?.name ?? 'Unassigned'}${labels.map((label) => html`<span class="badge">${label}</span>`)}</span
        >
        ${isAsked ? html`<span class="note" data-status="asking">asking the extension…</span>` : waitingView(waiting)}
      </a>
      <button class="more" id="more-${key}" popovertarget="menu-${key}" aria-label="Menu of ${key}">⋯</button>
      ${menuView(key, `menu-${key}`)}
    </li>
  `;
}

/** @param {Card['waiting']} waiting */
function waitingView(waiting) {
  if (waiting === null) return null;
  const { approvals_given: given, approvals_needed: needed } = waiting.metadata;
  const approvals = typeof given === 'number' && typeof needed === 'number' ? `, ${given} of ${needed} approvals` : '';
  return html`<span class="note" data-status="waiting">waiting to move to ${statusName(waiting.to)}${approvals}</span>`;
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
  if (state.dragged !== '') change({ dragged: '' });
}

/** @param {DragEvent} event @param {string} status */
function drop(event, status) {
  event.preventDefault();
  const key = event.dataTransfer?.getData('text/plain') ?? '';
  endDrag();
  if (findCard(key)?.status !== status) void move(key, status);
}
