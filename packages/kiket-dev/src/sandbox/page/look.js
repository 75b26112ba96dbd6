import { refreshIssue } from './load.js';
import { say } from './say.js';
import { change, findCard, myName, state } from './state.js';

/**
 * Shows an issue in the panel.
 *
 * @param {string} key
 */
export function select(key) {
  const project = state.board?.projects.find(({ id }) => id === findCard(key)?.project_id);
  change({ selected: key, target: undefined, project: project?.key ?? state.project });
  remember();
  refreshIssue();
}

/** Keeps who one is and what one looks at when the page is loaded anew. */
function remember() {
  history.replaceState({ me: state.me }, '', `#${state.selected ?? ''}`);
}

/**
 * Is somebody else from now on.
 *
 * @param {string} email
 */
export function be(email) {
  change({ me: email });
  remember();
  say(`You are ${myName()} now.`);
  refreshIssue();
}

/**
 * Asks the guards about another move than the next one.
 *
 * @param {string} to
 */
export function aimAt(to) {
  change({ target: to });
  refreshIssue();
}
