/** @import { Card, State } from './types.d.ts' */

/** What the page shows. Everything reads it, and only `change` writes it. @type {State} */
export const state = {
  pushed: undefined,
  isLive: false,
  me: sessionStorage.getItem('me') ?? '',
  project: '',
  selected: location.hash.slice(1),
  target: '',
  results: [],
  asking: new Map(),
  dragged: '',
  dialog: undefined,
};

/** Says `change` when the page has something else to show: once, soon, however much changes at a time. */
export const changes = new EventTarget();
let isDue = false;

/** Changes what the page shows. @param {Partial<State>} changed */
export function change(changed) {
  Object.assign(state, changed);
  if (isDue) return;
  isDue = true;
  queueMicrotask(() => {
    isDue = false;
    changes.dispatchEvent(new Event('change'));
  });
}

/** @param {string} key */
export function findCard(key) {
  return state.pushed?.issues.find((issue) => issue.key === key);
}

/** @param {string} id */
export function findDelivery(id) {
  return state.pushed?.deliveries.find((delivery) => delivery.id === id);
}

/** The statuses of a project, in order. @param {Pick<Card, 'project_id'>} card */
export function statusesOf({ project_id: projectId }) {
  return state.pushed?.projects.find(({ id }) => id === projectId)?.states ?? [];
}

/** The statuses that an issue can go to. @param {Pick<Card, 'project_id' | 'status'>} card */
export function nextOf(card) {
  return statusesOf(card).find(({ key }) => key === card.status)?.next ?? [];
}

/** What people call a status. @param {string} key */
export function statusName(key) {
  const states = state.pushed?.projects.flatMap((project) => project.states);
  return states?.find((each) => each.key === key)?.name ?? key;
}

/** The person who does things here, once that is known. */
export function findMe() {
  return state.pushed?.users.find(({ email }) => email === state.me);
}

/** What people call an action, and what it asks for. @param {string} actionKey */
export function findAction(actionKey) {
  const found = state.pushed?.extension.actions.find(({ key }) => key === actionKey);
  return found ?? { label: actionKey, description: '', inputs: [] };
}

/** The actions of the extension for issues or for projects. */
export function actionsFor(/** @type {'issue' | 'project'} */ scope) {
  return state.pushed?.extension.actions.filter(({ scopes }) => scopes.includes(scope)) ?? [];
}
