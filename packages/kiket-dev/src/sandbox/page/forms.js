import { html } from '../../node_modules/lit-html/lit-html.js';
import { attemptHere, closeDialog, dialogView, noteView, parseJson, valuesOf } from './dialog.js';
import { act, create, edit, startOver } from './operations.js';
import { findAction, state } from './state.js';
/** @import { Card, Field, Form, Subject } from './types.d.ts' */

/** Asks for a new issue. */
export function newIssueView() {
  const { projects: choices = [] } = state.pushed ?? {};
  return formView({
    title: 'New issue',
    fields: [
      { key: 'title', label: 'Title', required: true },
      { key: 'project_key', label: 'Project', value: state.project, choices },
    ],
    button: 'Create',
    save: create,
  });
}

/** Asks whether everything may go. */
export function resetView() {
  const text =
    'All issues go back to where they started. Deliveries and approvals are deleted, and faults are turned off.';
  return formView({ title: 'Start over?', text, fields: [], button: 'Start over', save: startOver });
}

/** Asks for what the manifest says that an action needs. @param {string} actionKey @param {Subject} subject */
export function inputsView(actionKey, subject) {
  const { label, description, inputs } = findAction(actionKey);
  const title = `${label} · ${subject.issue ?? subject.project}`;
  return formView({
    title,
    text: description,
    fields: inputs,
    button: 'Send',
    save: (values) => act(actionKey, subject, values),
  });
}

/** Asks for the fields of an issue, above all for one that is missing. @param {Card} card @param {string} [missing] */
export function editIssueView(card, missing) {
  const { title, issue_type: type, priority, description, labels, custom_fields: custom } = card;
  /** @type {Field[]} */
  const fields = [
    { key: 'title', label: 'Title', value: title, required: true },
    { key: 'issue_type', label: 'Type', value: type, required: true },
    { key: 'priority', label: 'Priority', value: priority, required: true },
    { key: 'description', label: 'Description', value: (description ?? '').replaceAll('\r\n', '\n'), isLong: true },
    { key: 'labels', label: 'Labels, separated by commas', value: labels.join(', ') },
  ];
  const isCustom = missing !== undefined && fields.every(({ key }) => key !== missing);
  const value = JSON.stringify(isCustom ? { [missing]: '', ...custom } : custom, null, 2);
  fields.push({ key: 'custom_fields', label: 'Custom fields, as JSON', value, isLong: true });
  // Others may have changed the fields that nobody touches here.
  const changedIn = (/** @type {Record<string, string>} */ values) =>
    fields
      .filter((field) => values[field.key] !== field.value)
      .map(({ key }) => [key, readField(key, values[key] ?? '', custom)]);
  return formView({
    title: `Edit ${card.key}`,
    fields,
    first: isCustom ? 'custom_fields' : missing,
    button: 'Save',
    save: async (values) => edit(card.key, Object.fromEntries(changedIn(values))),
  });
}

/** @param {string} key @param {string} text @param {Card['custom_fields']} before */
function readField(key, text, before) {
  if (key === 'labels')
    return text
      .split(',')
      .map((label) => label.trim())
      .filter(Boolean);
  if (key !== 'custom_fields') return text;
  const after = /** @type {Record<string, unknown>} */ (parseJson(text, 'Custom fields'));
  const isSame = (/** @type {string} */ name) => JSON.stringify(after[name]) === JSON.stringify(before[name]);
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !isSame(name));
  return Object.fromEntries(changed.map((name) => [name, after[name] ?? null]));
}

/** A dialog with a form. It closes only when what was typed has been saved: nobody types twice. @param {Form} form */
function formView({ title, text, fields, first = fields[0]?.key, button, save }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    const values = valuesOf(event);
    void attemptHere('Saving…', async (dialog) => {
      const failed = await save(values);
      if (failed !== undefined) throw new Error(failed.message ?? failed.title);
      if (state.dialog === dialog) closeDialog();
      return undefined;
    });
  };
  const content = html`
    <form class="form" autocomplete="off" @submit=${submit}>
      ${text === undefined ? null : html`<p>${text}</p>`}
      ${fields.map((field) => html`<label>${field.label} ${controlView(field, field.key === first)}</label>`)}
      ${noteView()}
      <button class="main-button" ?autofocus=${fields.length === 0}>${button}</button>
    </form>
  `;
  return dialogView({ title, content });
}

/** @param {Field} field @param {boolean} isFirst */
function controlView({ key, value = '', required = false, isLong = false, choices }, isFirst) {
  if (choices !== undefined)
    return html`<select name=${key}>
      ${choices.map((choice) => html`<option value=${choice.key} .selected=${choice.key === value}>${choice.name}</option>`)}
    </select>`;
  if (isLong) return html`<textarea name=${key} rows="4" ?autofocus=${isFirst} .defaultValue=${value}></textarea>`;
  // More than spaces.
  const pattern = required ? String.raw`.*\S.*` : '.*';
  return html`<input
    name=${key}
    ?required=${required}
    pattern=${pattern}
    ?autofocus=${isFirst}
    .defaultValue=${value}
  />`;
}
