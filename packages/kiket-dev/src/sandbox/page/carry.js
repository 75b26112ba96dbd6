import { move } from './deeds.js';
import { say } from './say.js';
import { findCard, findHeld, hold, letGo, nextOf, state, statusName } from './state.js';
/** @import { Card, Held } from './types.d.ts' */

/** How far each key goes along the columns. */
const steps = new Map([
  ['ArrowLeft', -1],
  ['ArrowUp', -1],
  ['ArrowRight', 1],
  ['ArrowDown', 1],
]);

/**
 * Moves a card by keyboard: Space picks it up, arrows choose a column, Space or Enter drops it, Escape puts it back.
 *
 * @param {KeyboardEvent} event
 * @param {Card} card
 */
export function carry(event, card) {
  const carried = carriedCard();
  // A key that is held down does not put it down again.
  if (event.key === ' ' && event.repeat) return handled(event, () => {});
  if (event.key === ' ' && carried === undefined) return handled(event, () => pickUp(card));
  if (carried?.key !== card.key) return undefined;
  const step = steps.get(event.key);
  if (step !== undefined) return handled(event, () => choose(card, carried.to, step));
  if (event.key === 'Escape') return handled(event, () => putBack(carried));
  if (event.key === ' ' || event.key === 'Enter') return handled(event, () => drop(card, carried));
  return undefined;
}

/** Puts a carried card back when somebody goes elsewhere. */
export function putBackIfLeft() {
  document.addEventListener('focusin', ({ target }) => {
    const carried = carriedCard();
    if (carried === undefined || !(target instanceof Element)) return;
    if (!target.matches(`[data-card="${carried.key}"] .face`)) putBack(carried);
  });
}

function carriedCard() {
  return state.held.find(({ how }) => how === 'carried');
}

/**
 * @param {KeyboardEvent} event
 * @param {() => void} work
 */
function handled(event, work) {
  event.preventDefault();
  event.stopPropagation();
  work();
}

/** @param {Card} card */
function pickUp({ key, status }) {
  if (findHeld(key) !== undefined) return say(`The guardian is still being asked about ${key}.`);
  hold({ key, to: status, how: 'carried' });
  return say(`${key} is picked up from ${statusName(status)}.`);
}

/**
 * Goes to the next column that the workflow lets the issue go to, or back to its own.
 *
 * @param {Card} card
 * @param {string} at
 * @param {number} step
 */
function choose(card, at, step) {
  const project = state.board?.projects.find(({ id }) => id === card.project_id);
  const possible = [card.status, ...nextOf(card)];
  const places = project?.states.map(({ key }) => key).filter((key) => possible.includes(key)) ?? [];
  const to = places[places.indexOf(at) + step];
  if (to === undefined) return say('No further column that it could go to.');
  hold({ key: card.key, to, how: 'carried' });
  return say(to === card.status ? `Over ${statusName(to)}, where it is.` : `Over ${statusName(to)}.`);
}

/** @param {Held} carried */
function putBack(carried) {
  letGo(carried);
  say(`${carried.key} is back in ${statusName(findCard(carried.key)?.status ?? '')}.`);
}

/**
 * @param {Card} card
 * @param {Held} carried
 */
function drop(card, carried) {
  if (carried.to === card.status) return putBack(carried);
  letGo(carried);
  return void move(card.key, carried.to);
}
