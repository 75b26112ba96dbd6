import { move } from './deeds.js';
import { spring } from './glide.js';
import { findHeld } from './state.js';

/** How far a pointer goes before a press is a drag, in pixels. */
const threshold = 5;

/**
 * Begins to drag the card under the pointer. A finger scrolls the page, so it drags only by the dotted edge.
 *
 * @param {PointerEvent} event
 */
export function beginDrag(event) {
  const target = event.target instanceof Element ? event.target : undefined;
  const card = target?.closest('[data-card]');
  if (!(card instanceof HTMLElement) || target?.closest('.more') !== null) return;
  if (event.button !== 0 || findHeld(card.dataset['card']) !== undefined) return;
  if (event.pointerType === 'touch' && !target?.matches('.grip')) return;
  follow(card, event);
}

/**
 * @param {HTMLElement} card
 * @param {PointerEvent} start
 */
function follow(card, { clientX: startX, clientY: startY, pointerId }) {
  const over = new AbortController();
  const { signal } = over;
  let isDragged = false;

  /** @param {PointerEvent} event */
  function drag({ clientX, clientY }) {
    const [x, y] = [clientX - startX, clientY - startY];
    if (!isDragged && Math.hypot(x, y) < threshold) return;
    if (!isDragged) card.setPointerCapture(pointerId);
    isDragged = true;
    card.dataset['dragged'] = '';
    card.style.transform = `translate(${x}px, ${y}px)`;
    markColumns(card, columnAt(clientX, clientY));
  }

  /** @param {boolean} isDropped @param {PointerEvent} [event] */
  function end(isDropped, event) {
    over.abort();
    unmarkColumns();
    // While it is dragged, a card does not hide what is below it.
    const to = isDropped && event !== undefined ? columnAt(event.clientX, event.clientY) : undefined;
    delete card.dataset['dragged'];
    if (!isDragged) return;
    swallowClick(card);
    const { card: key = '' } = card.dataset;
    const isElsewhere = to !== undefined && to.dataset['column'] !== columnOf(card);
    if (isElsewhere) void move(key, to.dataset['column'] ?? '');
    // A card that goes elsewhere is drawn anew there, and glides from where it was dropped.
    requestAnimationFrame(() => card.isConnected && springBack(card));
  }

  document.addEventListener('pointermove', drag, { signal });
  document.addEventListener('pointerup', (event) => end(true, event), { signal });
  document.addEventListener('pointercancel', () => end(false), { signal });
  document.addEventListener('keydown', ({ key }) => key === 'Escape' && end(false), { signal });
}

/**
 * @param {number} x
 * @param {number} y
 */
function columnAt(x, y) {
  const column = document
    .elementsFromPoint(x, y)
    .map((element) => element.closest('[data-column]'))
    .find((found) => found !== null);
  return column instanceof HTMLElement ? column : undefined;
}

/** @param {Element} card */
function columnOf(card) {
  return card.closest('[data-column]')?.getAttribute('data-column');
}

/**
 * Shows where the card may go, and where it is now.
 *
 * @param {HTMLElement} card
 * @param {Element | undefined} under
 */
function markColumns(card, under) {
  const next = (card.dataset['next'] ?? '').split(' ');
  for (const column of document.querySelectorAll('[data-column]')) {
    const isOpen = next.includes(column.getAttribute('data-column') ?? '');
    column.toggleAttribute('data-open', isOpen);
    column.toggleAttribute('data-closed', !isOpen && column !== card.closest('[data-column]'));
    column.toggleAttribute('data-over', isOpen && column === under);
  }
}

function unmarkColumns() {
  for (const column of document.querySelectorAll('[data-column]')) {
    for (const name of ['data-open', 'data-closed', 'data-over']) column.removeAttribute(name);
  }
}

/** @param {HTMLElement} card */
function springBack(card) {
  const { transform } = card.style;
  card.style.removeProperty('transform');
  spring(card, transform);
}

/**
 * The click that ends a drag selects nothing.
 *
 * @param {Element} card
 */
function swallowClick(card) {
  const over = new AbortController();
  card.addEventListener('click', (event) => event.stopPropagation(), { capture: true, signal: over.signal });
  setTimeout(() => over.abort());
}
