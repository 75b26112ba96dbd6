import { html } from '../../node_modules/lit-html/lit-html.js';
import { closeDialog, openDialog } from './dialog.js';
import { newIssueView, resetView, startAction } from './forms.js';
import { move, select, setFaults, switchTo } from './operations.js';
import { actionsFor, change, findCard, nextOf, state, statusName } from './state.js';
/** @import { Command } from './types.d.ts' */

/** The menu of a card, as a popover beside the button that names it. @param {string} key @param {string} id */
export function menuView(key, id) {
  const hide = () => document.getElementById(id)?.hidePopover();
  return html`
    <div class="menu" id=${id} popover role="group" aria-label="Menu of ${key}" @keydown=${goAlong} @click=${hide}>
      ${issueCommands(key).map(({ label, run }, at) => commandView({ label, run, about: '' }, at))}
    </div>
  `;
}

/** A command as a button, in a menu or in the palette. @param {Command} command @param {number} at */
export function commandView({ label, about, run }, at) {
  const start = () => {
    closeDialog();
    change({ dialog: undefined });
    void run();
  };
  return html`<button class="command" ?autofocus=${at === 0} @click=${start}>
    <span>${label}</span><span class="quiet">${about}</span>
  </button>`;
}

/** Goes along with the arrow keys. @param {KeyboardEvent} event */
export function goAlong(event) {
  const menu = /** @type {HTMLElement} */ (event.currentTarget);
  const all = [.../** @type {NodeListOf<HTMLElement>} */ (menu.querySelectorAll('input, button'))];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  all.at((all.findIndex((each) => each === document.activeElement) + step) % all.length)?.focus();
}

/** The moves of an issue's workflow, and the actions in the manifest. @param {string} key @returns {Command[]} */
function issueCommands(key) {
  const card = findCard(key);
  if (card === undefined) return [];
  return [
    ...nextOf(card).map((to) => ({ about: key, label: `Move to ${statusName(to)}`, run: () => move(key, to) })),
    ...actionsFor('issue').map(({ key: action, label }) => ({
      about: key,
      label,
      run: () => startAction(action, { issue: key }),
    })),
  ];
}

/** Everything that the palette offers. @returns {Command[]} */
export function allCommands() {
  const { projects = [], users = [], issues = [] } = state.pushed ?? {};
  const reports = projects.flatMap(({ key: project, name: about }) =>
    actionsFor('project').map(({ key, label }) => ({ about, label, run: () => startAction(key, { project }) })),
  );
  return [
    ...issueCommands(state.selected),
    ...reports,
    ...users.map(({ name, email }) => ({ about: 'People', label: `Switch to ${name}`, run: () => switchTo(email) })),
    ...issues.map(({ key, title }) => ({ about: 'Issues', label: `${key} ${title}`, run: () => select(key) })),
    { about: 'Sandbox', label: 'New issue', run: () => openDialog(newIssueView) },
    { about: 'Sandbox', label: 'Turn off all faults', run: () => setFaults() },
    { about: 'Sandbox', label: 'Start over', run: () => openDialog(resetView) },
  ];
}
