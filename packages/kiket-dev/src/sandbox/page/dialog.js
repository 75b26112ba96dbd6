import { html } from '../../node_modules/lit-html/lit-html.js';
import { ref } from '../../node_modules/lit-html/directives/ref.js';
import { reasonOf } from './sandbox.js';
import { change, state } from './state.js';
/** @import { Dialog, Note, View } from './types.d.ts' */

/** Opens a dialog in the place of any other. @param {Dialog['view']} view @param {Note} [note] */
export function openDialog(view, note) {
  change({ dialog: { view, note } });
}

/** Closes the dialog; the browser gives the focus back. */
export function closeDialog() {
  document.querySelector('dialog')?.close();
}

/**
 * A dialog as the browser has it: it keeps the keyboard to itself, and Escape or a click beside it closes it.
 *
 * @param {{ title: View, size?: 'small' | 'large' | 'palette', content: View }} options
 */
export function dialogView({ title, size = 'small', content }) {
  return html`
    <dialog data-size=${size} closedby="any" aria-labelledby="dialog-title" @close=${forget} ${ref(show)}>
      <header class="bar">
        <h2 id="dialog-title">${title}</h2>
        <button class="quiet-button" aria-label="Close" @click=${closeDialog}>✕</button>
      </header>
      ${content}
    </dialog>
  `;
}

/** @param {Element | undefined} dialog */
function show(dialog) {
  // It's put on the page right after this.
  queueMicrotask(() => {
    if (dialog instanceof HTMLDialogElement && dialog.isConnected && !dialog.open) dialog.showModal();
  });
}

/** The browser tells a little later that a dialog was closed: another one may be open by then. @param {Event} event */
function forget({ currentTarget }) {
  if (currentTarget instanceof HTMLDialogElement && currentTarget.isConnected) change({ dialog: undefined });
}

/** What the open dialog says about what was done in it. */
export function noteView() {
  const { text = '', isTrouble = false } = state.dialog?.note ?? {};
  return html`<p class=${isTrouble ? 'trouble' : ''} role="status">${text}</p>`;
}

/**
 * Does something in the open dialog, one thing at a time, and notes the result there: a dialog opened later has no note.
 *
 * @param {string} meanwhile
 * @param {(dialog: Dialog) => Promise<Note | undefined>} work
 */
export async function attemptHere(meanwhile, work) {
  const { dialog } = state;
  if (dialog === undefined || dialog.note?.isBusy === true) return;
  const note = (/** @type {Note | undefined} */ shown) => {
    dialog.note = shown;
    change({});
  };
  note({ text: meanwhile, isBusy: true });
  await work(dialog).then(note, (error) => note({ text: reasonOf(error), isTrouble: true }));
}

/**
 * Does that when a form is sent, with the texts in it. The browser sends it nowhere.
 *
 * @param {string} meanwhile
 * @param {(values: Record<string, string>, dialog: Dialog) => Promise<Note | undefined>} work
 * @returns {(submit: SubmitEvent) => void}
 */
export function onSubmit(meanwhile, work) {
  return (submit) => {
    submit.preventDefault();
    const form = /** @type {HTMLFormElement} */ (submit.currentTarget);
    const values = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
    void attemptHere(meanwhile, (dialog) => work(values, dialog));
  };
}

/** Reads JSON that somebody wrote, or throws an error that says what is wrong. @param {string} text @param {string} what */
export function parseJson(text, what) {
  try {
    return /** @type {unknown} */ (JSON.parse(text));
  } catch (error) {
    throw new Error(`${what}: this isn't JSON. ${reasonOf(error)}`, { cause: error });
  }
}
