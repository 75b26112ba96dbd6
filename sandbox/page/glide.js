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
  for (const [key, card] of cards()) {
    const from = before.get(key);
    if (from === undefined || card.dataset['dragged'] !== undefined) continue;
    const to = card.getBoundingClientRect();
    const [x, y] = [from.left - to.left, from.top - to.top];
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

function places() {
  return new Map([...cards()].map(([key, card]) => [key, card.getBoundingClientRect()]));
}

/** The card that has the focus, and which part of it. */
function focusedCard() {
  const { activeElement } = document;
  const key = activeElement?.closest('[data-card]')?.getAttribute('data-card');
  return key === null || key === undefined ? undefined : { key, part: activeElement?.className ?? '' };
}

/** @param {{ key: string, part: string }} focused */
function keepFocus({ key, part }) {
  const element = cards().get(key)?.getElementsByClassName(part)[0];
  if (element instanceof HTMLElement && element !== document.activeElement) element.focus({ preventScroll: true });
}
