import { html } from '../../node_modules/lit-html/lit-html.js';
import { change, state } from './state.js';
/** @import { State, View } from './types.d.ts' */

/** @type {State['layer']} */
let opened;

/**
 * Something over the page that has the keyboard for itself; Escape closes it.
 *
 * @param {{ title: View, size?: 'small' | 'large', content: View }} options
 */
export function dialogView({ title, size = 'small', content }) {
  return html`
    <dialog class="dialog" data-size=${size} aria-labelledby="dialog-title" @close=${forget} @click=${closeOutside}>
      <div class="sheet">
        <header class="bar">
          <h2 id="dialog-title">${title}</h2>
          <button type="button" class="quiet-button" aria-label="Close" @click=${closeDialog}>✕</button>
        </header>
        ${content}
      </div>
    </dialog>
  `;
}

/** Opens the dialog that has been drawn, if there is one. */
export function openDialog() {
  const dialog = document.querySelector('dialog');
  // One that has just been closed may be drawn once more before the page hears of it.
  if (dialog === null || state.layer === opened) return;
  opened = state.layer;
  if (dialog.open) return;
  dialog.showModal();
  const first = dialog.querySelector('[autofocus]');
  if (first instanceof HTMLElement) first.focus();
}

/** Closes the dialog; the focus goes back to where it was. */
export function closeDialog() {
  document.querySelector('dialog')?.close();
}

/**
 * Takes a dialog that has been closed off the page. One that is gone already may have made room for another, or be open again.
 *
 * @param {Event} event
 */
export function forget({ currentTarget }) {
  const isLeft = currentTarget instanceof HTMLDialogElement && currentTarget.isConnected && !currentTarget.open;
  if (isLeft) change({ layer: undefined });
}

/**
 * Closes a dialog with a click beside it.
 *
 * @param {Event} event
 */
export function closeOutside({ target, currentTarget }) {
  if (target === currentTarget) closeDialog();
}
