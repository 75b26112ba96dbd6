import { act, move, setFaults } from './deeds.js';
import { be, select } from './look.js';
import { change, findCard, nextOf, state, statusName } from './state.js';
/** @import { Command } from './types.d.ts' */

/**
 * What can be done with an issue: the moves of its workflow, and the actions of the extension's manifest.
 *
 * @param {string} key
 * @returns {Command[]}
 */
export function issueCommands(key) {
  const card = findCard(key);
  if (card === undefined) return [];
  const moves = nextOf(card).map((to) => ({ group: 'Move to', label: statusName(to), run: () => move(key, to) }));
  const actions = actionsFor('issue').map((action) => ({
    group: 'Actions',
    label: action.label,
    run: () => act(action.key, { issue: key }),
  }));
  return [...moves, ...actions];
}

/**
 * Everything that the palette offers.
 *
 * @returns {Command[]}
 */
export function allCommands() {
  const { board, selected = '' } = state;
  if (board === undefined) return [];
  const own = issueCommands(selected).map(({ group, label, run }) => ({
    group: selected,
    label: group === 'Move to' ? `Move to ${label}` : label,
    run,
  }));
  const projects = board.projects.flatMap(({ key, name }) =>
    actionsFor('project').map((action) => ({
      group: name,
      label: action.label,
      run: () => act(action.key, { project: key }),
    })),
  );
  const people = board.users.map(({ name, email }) => ({ group: 'People', label: `Be ${name}`, run: () => be(email) }));
  const issues = board.issues.map(({ key, title }) => ({
    group: 'Issues',
    label: `${key} ${title}`,
    run: () => select(key),
  }));
  return [...own, ...projects, ...people, ...issues, ...sandboxCommands()];
}

/** @returns {Command[]} */
function sandboxCommands() {
  return [
    { group: 'Sandbox', label: 'New issue', run: () => change({ layer: { kind: 'new' } }) },
    { group: 'Sandbox', label: 'Set all faults right', run: () => setFaults() },
    { group: 'Sandbox', label: 'Start over', run: () => change({ layer: { kind: 'anew' } }) },
  ];
}

/** @param {'issue' | 'project'} scope */
function actionsFor(scope) {
  return state.board?.extension.actions.filter(({ scopes }) => scopes.includes(scope)) ?? [];
}
