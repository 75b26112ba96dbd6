import { html } from '../../node_modules/lit-html/lit-html.js';
import { dialogView, openDialog } from './dialog.js';
import { allCommands, commandView, goAlong } from './menu.js';
import { change, state } from './state.js';

/** Opens the palette with Ctrl-K, or ⌘-K. */
export function listenForPalette() {
  document.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (document.querySelector('dialog[open]') === null) openDialog({ kind: 'palette', typed: '' });
  });
}

/** Everything that can be done, found by its name. Enter runs the first. @param {string} typed */
export function paletteView(typed) {
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
          @input=${(/** @type {{ target: HTMLInputElement }} */ { target }) => type(target.value)}
        />
      </form>
      <div id="commands" role="group" aria-label="Commands">${found.map(commandView)}</div>
    </div>
    <p class="quiet" role="status">
      ${found.length === 0 ? 'No command has this name.' : `${found.length} of ${all.length} commands`}
    </p>
  `;
  return dialogView({ title: 'Commands', size: 'palette', content });
}

/** @param {string} typed */
function type(typed) {
  if (state.dialog?.kind !== 'palette') return;
  state.dialog.typed = typed;
  change({});
}

/** @param {Event} event */
function runFirst(event) {
  event.preventDefault();
  document.querySelector('#commands button')?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
}
