/** @import { Card, State } from './types.d.ts' */

/** What the page shows. Everything reads it, and only `change` writes it. @type {State} */
export const state = {
  pushed: undefined,
  isLive: false,
  me: sessionStorage.getItem('me') ?? '',
  project: '',
  selected: location.hash.slice(1) || undefined,
  target: undefined,
  results: [],
  asking: new Map(),
  dragged: undefined,
  areFaultsOpen: false,
  dialog: undefined,
};

/** @type {() => void} */
let draw = () => {};
let isDue = false;

/** Sets what draws the state. @param {() => void} drawing */
export function onChange(drawing) {
  draw = drawing;
}

/**
 * Changes what the page shows. It's drawn once, soon, however much changes at a time.
 *
 * @param {Partial<State>} changes
 */
export function change(changes) {
  Object.assign(state, changes);
  if (isDue) return;
  isDue = true;
  queueMicrotask(() => {
    isDue = false;
    draw();
  });
}

/** Says something to people who use a screen reader. @param {string} text */
export function announce(text) {
  const region = document.getElementById('announcer');
  if (region !== null) region.textContent = text;
}

/** @param {string | undefined} key */
export function findCard(key) {
  return state.pushed?.issues.find((issue) => issue.key === key);
}

/** @param {string} id */
export function findDelivery(id) {
  return state.pushed?.deliveries.find((delivery) => delivery.id === id);
}

/** The statuses that an issue can go to. @param {Pick<Card, 'project_id' | 'status'>} card */
export function nextOf({ project_id: projectId, status }) {
  const project = state.pushed?.projects.find(({ id }) => id === projectId);
  return project?.states.find(({ key }) => key === status)?.next ?? [];
}

/** What people call a status. @param {string} key */
export function statusName(key) {
  const states = state.pushed?.projects.flatMap((project) => project.states);
  return states?.find((each) => each.key === key)?.name ?? key;
}

/** What people call the person who does things here. */
export function myName() {
  return state.pushed?.users.find(({ email }) => email === state.me)?.name ?? state.me;
}

/** An action of the extension. @param {string} actionKey */
export function findAction(actionKey) {
  const found = state.pushed?.extension.actions.find(({ key }) => key === actionKey);
  return found ?? { label: actionKey, description: '', inputs: [] };
}

/** The actions of the extension for issues or for projects. */
export function actionsFor(/** @type {'issue' | 'project'} */ scope) {
  return state.pushed?.extension.actions.filter(({ scopes }) => scopes.includes(scope)) ?? [];
}
