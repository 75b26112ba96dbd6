/** How long a card takes to its new place, in milliseconds. */
const durationMs = 320;

/** A little further than its place, and back. */
const easing = 'cubic-bezier(0.3, 1.4, 0.6, 1)';

/**
 * Draws, and lets every card glide from where it was to where it is then. The focus stays on its card.
 *
 * @param {() => void} draw
 */
export function glide(draw) {
  const before = places();
  const focused = focusedCard();
  draw();
  if (focused !== undefined) keepFocus(focused);
  const after = places();
  for (const [key, card] of cards()) {
    const [from, to] = [before.get(key), after.get(key)];
    if (from === undefined || to === undefined || card.dataset['dragged'] !== undefined) continue;
    const [x, y] = [from.x - to.x, from.y - to.y];
    if (Math.hypot(x, y) >= 2) spring(card, `translate(${x}px, ${y}px)`);
  }
}

/**
 * Lets a card spring from a place beside its own, if whoever looks likes things to move.
 *
 * @param {HTMLElement} card
 * @param {string} transform
 */
export function spring(card, transform) {
  if (!matchMedia('(prefers-reduced-motion: no-preference)').matches) return;
  card.animate(
    [
      { transform, zIndex: 2 },
      { transform: 'none', zIndex: 2 },
    ],
    { duration: durationMs, easing },
  );
}

/** @returns {Map<string, HTMLElement>} */
function cards() {
  const found = [...document.querySelectorAll('[data-card]')].filter((card) => card instanceof HTMLElement);
  return new Map(found.map((card) => [card.dataset['card'] ?? '', card]));
}

/** Where each card is on the board, wherever that has been scrolled to. */
function places() {
  const { x: left = 0, y: top = 0 } = document.querySelector('.columns')?.getBoundingClientRect() ?? {};
  return new Map(
    [...cards()].map(([key, card]) => {
      const { x, y } = card.getBoundingClientRect();
      return [key, { x: x - left, y: y - top }];
    }),
  );
}

/** The card that has the focus, and which part of it. */
function focusedCard() {
  const { activeElement } = document;
  const key = activeElement?.closest('[data-card]')?.getAttribute('data-card');
  return key === null || key === undefined ? undefined : { key, part: activeElement?.className ?? '' };
}

/**
 * A card that is carried takes the page along; one that somebody else moves does not.
 *
 * @param {{ key: string, part: string }} focused
 */
function keepFocus({ key, part }) {
  const card = cards().get(key);
  const element = card?.getElementsByClassName(part)[0];
  if (!(element instanceof HTMLElement) || element === document.activeElement) return;
  element.focus({ preventScroll: card?.dataset['held'] !== 'carried' });
}
