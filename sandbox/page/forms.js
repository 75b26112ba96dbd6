import { html } from '../../node_modules/lit-html/lit-html.js';
import { closeDialog, dialogView } from './dialog.js';
import { beginAnew, create, edit } from './deeds.js';
import { findCard, state } from './state.js';
import { valuesOf } from './tools.js';
/** @import { Card } from './types.d.ts' */

/** Asks for a new issue. */
export function newIssueView() {
  const content = html`
    <form class="form" @submit=${sendNew}>
      <label for="title">Title</label>
      <input id="title" name="title" required autocomplete="off" autofocus />
      <label for="project">Project</label>
      <select id="project" name="project_key">
        ${state.board?.projects.map(
          ({ key, name }) => html`<option value=${key} .selected=${key === state.project}>${name}</option>`,
        )}
      </select>
      <button class="main-button">Make it</button>
    </form>
  `;
  return dialogView({ title: 'New issue', content });
}

/**
 * Asks for the fields of an issue.
 *
 * @param {string} key
 */
export function editIssueView(key) {
  const card = findCard(key);
  if (card === undefined) return null;
  const content = html`
    <form class="form" @submit=${(/** @type {SubmitEvent} */ submit) => sendChanged(card, submit)}>
      ${textFields.map(
        ({ name, label }, index) => html`
          <label for=${name}>${label}</label>
          <input
            id=${name}
            name=${name}
            .defaultValue=${card[name] ?? ''}
            ?required=${name !== 'description'}
            ?autofocus=${index === 0}
            autocomplete="off"
          />
        `,
      )}
      <label for="labels">Labels, separated by commas</label>
      <input id="labels" name="labels" .defaultValue=${card.labels.join(', ')} autocomplete="off" />
      <label for="custom">Custom fields, one a line: name=value</label>
      <textarea
        id="custom"
        name="custom"
        rows="3"
        spellcheck="false"
        .defaultValue=${linesOf(card.custom_fields)}
      ></textarea>
      <button class="main-button">Save</button>
    </form>
  `;
  return dialogView({ title: `Edit ${key}`, content });
}

/** @type {readonly { name: 'title' | 'description' | 'issue_type' | 'priority', label: string }[]} */
const textFields = [
  { name: 'title', label: 'Title' },
  { name: 'description', label: 'Description' },
  { name: 'issue_type', label: 'Type' },
  { name: 'priority', label: 'Priority' },
];

/** Asks whether everything may go. */
export function beginAnewView() {
  const content = html`
    <p>
      Every issue goes back to where it was, every fault is set right, all deliveries are deleted, and no approval
      counts any more.
    </p>
    <form class="form" @submit=${sendAnew}>
      <button class="main-button" autofocus>Begin anew</button>
    </form>
  `;
  return dialogView({ title: 'Begin the story anew?', content });
}

/** @param {SubmitEvent} submit */
function sendAnew(submit) {
  submit.preventDefault();
  closeDialog();
  void beginAnew();
}

/** @param {SubmitEvent} submit */
function sendNew(submit) {
  const fields = valuesOf(submit);
  closeDialog();
  void create(fields);
}

/**
 * @param {Card} card
 * @param {SubmitEvent} submit
 */
function sendChanged({ key, custom_fields: before }, submit) {
  const { labels = '', custom = '', description = '', ...texts } = valuesOf(submit);
  closeDialog();
  const fields = {
    ...texts,
    description: description === '' ? null : description,
    labels: labels
      .split(',')
      .map((label) => label.trim())
      .filter((label) => label !== ''),
    custom_fields: Object.fromEntries(
      custom
        .split('\n')
        .filter((line) => line.includes('='))
        .map((line) => readLine(line, before)),
    ),
  };
  void edit(key, fields);
}

/**
 * A field as text; one that says what it said before stays what it was, also a number.
 *
 * @param {string} line
 * @param {Readonly<Record<string, unknown>>} before
 */
function readLine(line, before) {
  const [name = '', ...rest] = line.split('=');
  const [key, text] = [name.trim(), rest.join('=').trim()];
  return [key, textOf(before[key]) === text ? before[key] : text];
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** @param {Readonly<Record<string, unknown>>} fields */
function linesOf(fields) {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${textOf(value)}`)
    .join('\n');
}
