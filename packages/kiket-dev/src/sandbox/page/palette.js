import { html } from '../../node_modules/lit-html/lit-html.js';
import { dialogView, openDialog } from './dialog.js';
import { allCommands, commandView, goAlong } from './menu.js';
import { change } from './state.js';

/** What was typed into the palette. */
let typed = '';

/** Opens the palette with Ctrl-K, or ⌘-K. */
export function listenForPalette() {
  document.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (document.querySelector('dialog[open]') === null) openPalette();
  });
}

/** Opens the palette: everything that can be done, found by its name. Enter runs the first. */
export function openPalette() {
  typed = '';
  openDialog(paletteView);
}

function paletteView() {
  const all = allCommands();
  const words = typed.toLowerCase().split(/\s+/);
  const found = all.filter(({ label, about }) => {
    const text = `${about} ${label}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const content = html`
    <div @keydown=${goAlong}>
      <form @submit=${runFirst}>
        <input
          aria-label="Command"
          aria-controls="commands"
          placeholder="What do you want to do?"
          autocomplete="off"
          autofocus
          @input=${type}
        />
      </form>
      <div id="commands" role="group" aria-label="Commands">${found.map(commandView)}</div>
    </div>
    <p class="quiet" role="status">${found.length} of ${all.length} commands</p>
  `;
  return dialogView({ title: 'Commands', size: 'palette', content });
}

/** @param {{ target: HTMLInputElement }} event */
function type({ target }) {
  typed = target.value;
  change({});
}

/** @param {Event} event */
function runFirst(event) {
  event.preventDefault();
  document.querySelector('#commands button')?.click();
}
