/** @import { Card, Held, State } from './types.d.ts' */

/**
 * What the page shows. Everything reads it, and `change` alone writes it.
 *
 * @type {State}
 */
export const state = {
  board: undefined,
  deliveries: [],
  faultSchemas: {},
  isLive: false,
  me: '',
  project: '',
  selected: undefined,
  target: undefined,
  guards: undefined,
  details: undefined,
  held: [],
  answer: undefined,
  areFaultsOpen: false,
  layer: undefined,
  said: undefined,
};

/** @type {() => void} */
let draw = () => {};
let isDue = false;

/**
 * Says what draws the state.
 *
 * @param {() => void} drawing
 */
export function onChange(drawing) {
  draw = drawing;
}

/**
 * Changes what the page shows. It is drawn once, soon, however much changes at a time.
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

/** @param {string | undefined} key */
export function findCard(key) {
  return state.board?.issues.find((issue) => issue.key === key);
}

/** @param {string | undefined} key */
export function findHeld(key) {
  return state.held.find((held) => held.key === key);
}

/**
 * Shows a card elsewhere than its issue is.
 *
 * @param {Held} held
 */
export function hold(held) {
  change({ held: [...state.held.filter(({ key }) => key !== held.key), held] });
}

/**
 * Shows a card where its issue is again, unless it is held for something else by now.
 *
 * @param {Held} held
 */
export function letGo(held) {
  change({ held: state.held.filter((each) => each !== held) });
}

/** The project whose board is shown. */
export function currentProject() {
  return state.board?.projects.find(({ key }) => key === state.project);
}

/**
 * The statuses that an issue can go to.
 *
 * @param {Pick<Card, 'project_id' | 'status'>} card
 */
export function nextOf({ project_id: projectId, status }) {
  const project = state.board?.projects.find(({ id }) => id === projectId);
  return project?.states.find(({ key }) => key === status)?.next ?? [];
}

/**
 * What people call a status.
 *
 * @param {string} key
 */
export function statusName(key) {
  const states = state.board?.projects.flatMap((project) => project.states);
  return states?.find((each) => each.key === key)?.name ?? key;
}

/** What people call whoever does things. */
export function myName() {
  return state.board?.users.find(({ email }) => email === state.me)?.name ?? state.me;
}
