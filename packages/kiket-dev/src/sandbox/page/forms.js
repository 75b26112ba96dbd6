import { html } from '../../node_modules/lit-html/lit-html.js';
import { attemptHere, closeDialog, dialogView, noteView, parseJson, valuesOf } from './dialog.js';
import { create, edit, startOver } from './operations.js';
import { state } from './state.js';
/** @import { Card, Result } from './types.d.ts' */

/** More than spaces. */
const anyText = String.raw`.*\S.*`;

/** Asks for a new issue. */
export function newIssueView() {
  const content = html`
    <form class="form" autocomplete="off" @submit=${createIssue}>
      <label for="title">Title</label>
      <input id="title" name="title" required pattern=${anyText} autofocus />
      <label for="project">Project</label>
      <select id="project" name="project_key">
        ${state.pushed?.projects.map(
          ({ key, name }) => html`<option value=${key} .selected=${key === state.project}>${name}</option>`,
        )}
      </select>
      ${noteView()}
      <button class="main-button">Create</button>
    </form>
  `;
  return dialogView({ title: 'New issue', content });
}

/** @param {SubmitEvent} submit */
function createIssue(submit) {
  const fields = valuesOf(submit);
  save(() => create(fields));
}

/** What the form of an issue shows, by field. @param {Card} card @param {string} [missing] a field to fill in */
function textsOf({ title, issue_type, priority, description, labels, custom_fields: custom }, missing) {
  const own = { title, issue_type, priority, description: description ?? '', labels: labels.join(', ') };
  const isCustom = missing !== undefined && !Object.hasOwn(own, missing);
  const shown = isCustom ? { [missing]: '', ...custom } : custom;
  return { ...own, custom_fields: JSON.stringify(shown, null, 2) };
}

/** @type {Readonly<Record<string, string>>} */
const names = {
  title: 'Title',
  issue_type: 'Type',
  priority: 'Priority',
  description: 'Description',
  labels: 'Labels, separated by commas',
  custom_fields: 'Custom fields, as JSON',
};

const required = ['title', 'issue_type', 'priority'];

/** Asks for the fields of an issue, above all for one that is missing. @param {Card} card @param {string} [missing] */
export function editIssueView(card, missing) {
  const texts = Object.entries(textsOf(card, missing));
  const first = texts.find(([name]) => name === missing)?.[0] ?? (missing === undefined ? 'title' : 'custom_fields');
  const content = html`
    <form
      class="form"
      autocomplete="off"
      @submit=${(/** @type {SubmitEvent} */ submit) => saveChanges(card, submit)}
      @input=${(/** @type {{ target: HTMLElement }} */ { target }) => (target.dataset['touched'] = '')}
    >
      ${texts.map(
        ([name, text]) => html`
          <label for=${name}>${names[name]}</label>
          ${
            name === 'description' || name === 'custom_fields'
              ? html`<textarea
                  id=${name}
                  name=${name}
                  rows="4"
                  ?autofocus=${name === first}
                  .defaultValue=${text}
                ></textarea>`
              : html`<input
                  id=${name}
                  name=${name}
                  ?required=${required.includes(name)}
                  pattern=${anyText}
                  ?autofocus=${name === first}
                  .defaultValue=${text}
                />`
          }
        `,
      )}
      ${noteView()}
      <button class="main-button">Save</button>
    </form>
  `;
  return dialogView({ title: `Edit ${card.key}`, content });
}

/** Asks whether everything may go. */
export function resetView() {
  const content = html`
    <p>All issues go back to where they started. Deliveries and approvals are deleted, and faults are turned off.</p>
    <form class="form" @submit=${reset}><button class="main-button" autofocus>Start over</button></form>
  `;
  return dialogView({ title: 'Start over?', content });
}

/** @param {SubmitEvent} submit */
function reset(submit) {
  submit.preventDefault();
  closeDialog();
  void startOver();
}

/** Saves what was touched: others may have changed the rest. @param {Card} card @param {SubmitEvent} submit */
function saveChanges(card, submit) {
  const touched = [.../** @type {HTMLElement} */ (submit.currentTarget).querySelectorAll('[data-touched]')];
  const values = Object.entries(valuesOf(submit)).filter(([name]) => touched.some(({ id }) => id === name));
  save(async () =>
    edit(card.key, Object.fromEntries(values.map(([name, text]) => [name, readField(name, text, card)]))),
  );
}

/** @param {string} name @param {string} text @param {Card} card */
function readField(name, text, { custom_fields: before }) {
  if (name === 'labels')
    return text
      .split(',')
      .map((label) => label.trim())
      .filter(Boolean);
  if (name !== 'custom_fields') return text;
  const after = /** @type {Record<string, unknown>} */ (parseJson(text, 'Custom fields'));
  const isSame = (/** @type {string} */ key) => JSON.stringify(after[key]) === JSON.stringify(before[key]);
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !isSame(key));
  return Object.fromEntries(changed.map((key) => [key, after[key] ?? null]));
}

/**
 * Closes the form only when it has been saved: nobody types twice.
 *
 * @param {() => Promise<Result | undefined>} work returns what failed
 */
function save(work) {
  void attemptHere('Saving…', async (dialog) => {
    const failed = await work();
    if (failed !== undefined) throw new Error(failed.message ?? failed.title);
    if (state.dialog === dialog) closeDialog();
    return undefined;
  });
}
