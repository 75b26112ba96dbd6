import { ask, reasonOf } from './api.js';
import { loadBoard } from './load.js';
import { loadDelivery } from './loadDelivery.js';
import { select } from './look.js';
import { say } from './say.js';
import { findCard, hold, letGo, myName, nextOf, state, statusName } from './state.js';
import { attempt, describeAction, describeMove, plain, tell } from './tell.js';
/** @import { ActionResult, Card, Delivery, Faults, Held, Outcome } from './types.d.ts' */

/**
 * Asks for a move, and shows what came of it. The card waits where it was dropped.
 *
 * @param {string} key
 * @param {string} to
 */
export async function move(key, to) {
  const title = `${myName()} moves ${key} to ${statusName(to)}`;
  const card = findCard(key);
  if (card === undefined) return;
  if (!nextOf(card).includes(to)) return tell({ ...plain(title), ...refusedStep(card, to) });
  select(key);
  /** @type {Held} */
  const held = { key, to, how: 'asked' };
  hold(held);
  say(`Asking the guardian whether ${key} may move to ${statusName(to)}.`);
  await attempt(title, async () => {
    /** @type {Outcome} */
    const outcome = await ask('POST', `/issues/${key}/transition`, { to, as: state.me });
    await loadBoard();
    return describeMove(title, outcome);
  });
  letGo(held);
}

/**
 * Triggers an action of the extension, about an issue or about a project.
 *
 * @param {string} actionKey
 * @param {{ issue?: string, project?: string }} subject
 */
export async function act(actionKey, subject) {
  const { label } = state.board?.extension.actions.find(({ key }) => key === actionKey) ?? { label: actionKey };
  const title = `${myName()}: ${label} (${subject.issue ?? subject.project})`;
  await attempt(title, async () => {
    /** @type {ActionResult} */
    const result = await ask('POST', `/actions/${actionKey}`, { ...subject, as: state.me });
    await loadBoard();
    return describeAction(title, result);
  });
}

/**
 * Changes fields of an issue.
 *
 * @param {string} key
 * @param {Record<string, unknown>} fields
 */
export async function edit(key, fields) {
  const title = `${myName()} changes ${key}`;
  return attempt(title, async () => {
    await ask('PATCH', `/issues/${key}`, { issue: fields, as: state.me });
    await loadBoard();
    return { ...plain(title), status: 'success', message: `${key} has been changed.` };
  });
}

/**
 * Makes an issue, and shows it.
 *
 * @param {Record<string, unknown>} fields
 */
export async function create(fields) {
  const title = `${myName()} makes an issue`;
  return attempt(title, async () => {
    /** @type {Card} */
    const { key } = await ask('POST', '/issues', { issue: fields, as: state.me });
    await loadBoard();
    select(key);
    return { ...plain(title), status: 'success', message: `${key} is there, and the guardian is told.` };
  });
}

/**
 * Sets faults, or all of them right.
 *
 * @param {Partial<Faults>} [faults]
 */
export async function setFaults(faults) {
  try {
    await (faults === undefined ? ask('DELETE', '/faults') : ask('PATCH', '/faults', faults));
    await loadBoard();
    if (faults === undefined) say('All faults are set right.');
  } catch (error) {
    tell({ ...plain('Faults'), message: reasonOf(error) });
  }
}

/** Begins the story anew: everything that was done here is forgotten. */
export async function beginAnew() {
  await attempt('Start over', async () => {
    await ask('POST', '/reset');
    select('ORD-42');
    return {
      ...plain('Start over'),
      status: 'success',
      message: 'Every issue is where it was, and nothing has been sent.',
    };
  });
}

/**
 * Sends a delivery once more.
 *
 * @param {string} id
 */
export async function redeliver(id) {
  await ask('POST', `/deliveries/${id}/redeliver`);
  await loadDelivery(id);
}

/**
 * Sends a changed body as a delivery of its own. Returns its id.
 *
 * @param {string} id
 * @param {unknown} body
 */
export async function sendEdited(id, body) {
  /** @type {Delivery} */
  const sent = await ask('POST', `/deliveries/${id}/send`, { body });
  await loadDelivery(sent.id);
  return sent.id;
}

/**
 * @param {Card} card
 * @param {string} to
 */
function refusedStep(card, to) {
  const possible = nextOf(card).map(statusName).join(', ');
  return { message: `From ${statusName(card.status)} it cannot go to ${statusName(to)}, only to: ${possible}.` };
}
