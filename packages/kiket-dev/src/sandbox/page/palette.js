import { html } from '../../node_modules/lit-html/lit-html.js';
import { allCommands } from './commands.js';
import { closeDialog, closeOutside, forget } from './dialog.js';
import { change } from './state.js';
/** @import { Command } from './types.d.ts' */

const typed = { text: '', at: 0 };

/** Opens the palette with Ctrl-K, or ⌘-K. */
export function listenForPalette() {
  document.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (document.querySelector('dialog[open]') === null) openPalette();
  });
}

/** Opens the palette, with nothing typed. */
export function openPalette() {
  Object.assign(typed, { text: '', at: 0 });
  change({ layer: { kind: 'palette' } });
}

/** Everything that can be done, found by what it is called. */
export function paletteView() {
  const found = matching();
  return html`
    <dialog class="dialog palette" aria-label="Commands" @close=${forget} @click=${closeOutside}>
      <div class="sheet">
        <input
          type="text"
          role="combobox"
          aria-label="Command"
          aria-expanded=${found.length > 0}
          aria-controls="commands"
          aria-activedescendant=${found.length === 0 ? '' : `command-${typed.at}`}
          placeholder="What do you want to do?"
          autocomplete="off"
          spellcheck="false"
          autofocus
          .value=${typed.text}
          @input=${(/** @type {{ target: HTMLInputElement }} */ { target }) => choose({ text: target.value, at: 0 })}
          @keydown=${goAlong}
        />
        <ul id="commands" role="listbox" aria-label="Commands" ?hidden=${found.length === 0}>
          ${found.map(commandView)}
        </ul>
        ${found.length === 0 ? html`<p class="quiet">Nothing is called that.</p>` : null}
      </div>
    </dialog>
  `;
}

/**
 * @param {Command} command
 * @param {number} index
 */
function commandView(command, index) {
  return html`
    <li
      id="command-${index}"
      role="option"
      aria-selected=${index === typed.at}
      @click=${() => run(command)}
      @pointermove=${() => index !== typed.at && choose({ at: index })}
    >
      <span>${command.label}</span> <span class="quiet">${command.group}</span>
    </li>
  `;
}

/** Commands that have every word that was typed. */
function matching() {
  const words = typed.text.toLowerCase().split(/\s+/);
  return allCommands().filter(({ group, label }) => {
    const text = `${group} ${label}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** @param {Partial<typeof typed>} changes */
function choose(changes) {
  Object.assign(typed, changes);
  change({});
  queueMicrotask(() => document.getElementById(`command-${typed.at}`)?.scrollIntoView({ block: 'nearest' }));
}

/** @param {KeyboardEvent} event */
function goAlong(event) {
  const found = matching();
  const step = new Map([
    ['ArrowDown', 1],
    ['ArrowUp', -1],
  ]).get(event.key);
  const command = found[typed.at];
  if (event.key === 'Enter' && command !== undefined) {
    event.preventDefault();
    run(command);
  }
  if (step === undefined || found.length === 0) return;
  event.preventDefault();
  choose({ at: (typed.at + step + found.length) % found.length });
}

/** @param {Command} command */
function run(command) {
  closeDialog();
  change({ layer: undefined });
  void command.run();
}
