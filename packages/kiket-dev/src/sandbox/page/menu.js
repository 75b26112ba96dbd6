import { html } from '../../node_modules/lit-html/lit-html.js';
import { issueCommands } from './commands.js';
import { change, state } from './state.js';
/** @import { Command, State } from './types.d.ts' */

/** Room between the menu and what it belongs to, or the edge of the window, in pixels. */
const gap = 6;

/** @type {State['layer']} */
let opened;

/** @type {string | undefined} */
let openedAt;

/** The open menu of a card: where it can go, and the extension's actions. */
export function menuView() {
  const { layer } = state;
  if (layer?.kind !== 'menu') return null;
  const commands = issueCommands(layer.key);
  return html`
    <div
      class="menu"
      id="menu"
      popover="auto"
      role="menu"
      aria-label="Menu of ${layer.key}"
      @keydown=${goAlong}
      @toggle=${leave}
    >
      ${groupsOf(commands).map(
        (group) => html`
          <div role="group" aria-label=${group}>
            <span class="menu-group" aria-hidden="true">${group}</span>
            ${commands.filter((command) => command.group === group).map(itemView)}
          </div>
        `,
      )}
    </div>
  `;
}

/** @param {Command} command */
function itemView({ label, run }) {
  return html`
    <button
      type="button"
      role="menuitem"
      tabindex="-1"
      @click=${() => {
        close();
        void run();
      }}
    >
      ${label}
    </button>
  `;
}

/** A menu whose place has moved is closed. */
export function closeMenuWhenMoved() {
  addEventListener('resize', close);
  addEventListener('scroll', () => placeOfAnchor() === openedAt || close(), { capture: true });
}

/** Where on the screen the menu's button is. */
function placeOfAnchor() {
  if (state.layer?.kind !== 'menu') return undefined;
  const { x, y } = state.layer.anchor.getBoundingClientRect();
  return `${x} ${y}`;
}

/** Opens the menu after it has been drawn, beside what it belongs to. */
export function openMenu() {
  const menu = document.getElementById('menu');
  // One that has just been dismissed may be drawn once more before the page hears of it.
  if (menu === null || state.layer?.kind !== 'menu' || state.layer === opened) return;
  opened = state.layer;
  openedAt = placeOfAnchor();
  if (!menu.matches(':popover-open')) menu.showPopover();
  const { left, right, bottom, top } = state.layer.anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const isRoomBelow = bottom + gap + height < innerHeight;
  menu.style.top = `${Math.max(gap, isRoomBelow ? bottom + gap : top - gap - height)}px`;
  menu.style.left = `${Math.max(gap, left + width < innerWidth - gap ? left : right - width)}px`;
  items()[0]?.focus();
}

/** @param {readonly Command[]} commands */
function groupsOf(commands) {
  return [...new Set(commands.map(({ group }) => group))];
}

function items() {
  return [...document.querySelectorAll('#menu [role=menuitem]')].filter((item) => item instanceof HTMLElement);
}

/** @param {KeyboardEvent} event */
function goAlong(event) {
  const all = items();
  const at = all.findIndex((item) => item === document.activeElement);
  const places = new Map([
    ['ArrowDown', at + 1],
    ['ArrowUp', at - 1],
    ['Home', 0],
    ['End', -1],
  ]);
  const place = places.get(event.key);
  if (event.key === 'Tab') close();
  if (place === undefined) return;
  event.preventDefault();
  all.at(place % all.length)?.focus();
}

function close() {
  if (state.layer?.kind !== 'menu') return;
  document.getElementById('menu')?.hidePopover();
  change({ layer: undefined });
}

/** @param {Event} event */
function leave(event) {
  if (!(event instanceof ToggleEvent) || event.newState !== 'closed' || state.layer?.kind !== 'menu') return;
  const { anchor } = state.layer;
  change({ layer: undefined });
  if (anchor instanceof HTMLElement && document.activeElement === document.body) anchor.focus();
}
