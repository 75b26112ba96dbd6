import { html } from '../../node_modules/lit-html/lit-html.js';
import { closeDialog, dialogView, noteView, onSubmit, openDialog, parseJson } from './dialog.js';
import { fieldName } from './fields.js';
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

/**
 * Triggers an action, and asks first for what the manifest says that it needs.
 *
 * @param {string} key
 * @param {Subject} subject
 */
export function startAction(key, subject) {
  const { label, description: text, inputs: fields } = findAction(key);
  const title = `${label} · ${subject.issue ?? subject.project}`;
  const save = (/** @type {Record<string, string>} */ inputs) => act(key, subject, inputs);
  const ask = () => openDialog(() => formView({ title, text, fields, button: 'Send', save }));
  const start = () => void act(key, subject);
  return fields.length === 0 ? start() : ask();
}

/** Asks for the one field of an issue that a guard wants filled in. @param {Card} card @param {string} field */
export function missingFieldView(card, field) {
  const isCustom = !ownFields(card).some(({ key }) => key === field);
  return formView({
    title: `Edit ${card.key}`,
    fields: [{ key: field, label: fieldName(field), required: true }],
    button: 'Save',
    save: ({ [field]: text = '' }) =>
      edit(card.key, isCustom ? { custom_fields: { [field]: valueOf(text) } } : { [field]: readField(field, text) }),
  });
}

/** Asks for all fields of an issue. @param {Card} card as it was when somebody began to edit it */
export function editIssueView(card) {
  const { custom_fields: custom } = card;
  const json = JSON.stringify(custom, null, 2);
  const own = ownFields(card);
  return formView({
    title: `Edit ${card.key}`,
    fields: [...own, { key: 'custom_fields', label: 'Custom fields, as JSON', value: json, isLong: true }],
    button: 'Save',
    // Others may have changed the fields that nobody touches here.
    save: async ({ custom_fields: text = json, ...values }) => {
      const changed = own.filter(({ key, value }) => values[key] !== value).map(({ key }) => key);
      const fields = Object.fromEntries(changed.map((key) => [key, readField(key, values[key] ?? '')]));
      return edit(card.key, text === json ? fields : { ...fields, custom_fields: changesOf(custom, text) });
    },
  });
}

/** @param {Card} card @returns {Field[]} */
function ownFields({ title, issue_type: type, priority, description, labels }) {
  return [
    { key: 'title', label: 'Title', value: title, required: true },
    { key: 'issue_type', label: 'Type', value: type, required: true },
    { key: 'priority', label: 'Priority', value: priority, required: true },
    { key: 'description', label: 'Description', value: (description ?? '').replaceAll('\r\n', '\n'), isLong: true },
    { key: 'labels', label: 'Labels, separated by commas', value: labels.join(', ') },
  ];
}

/** @param {string} key @param {string} text */
function readField(key, text) {
  const words = text.split(',').map((word) => word.trim());
  return key === 'labels' ? words.filter(Boolean) : text;
}

/** What text stands for in a custom field: `21` for a number. @param {string} text */
function valueOf(text) {
  return /^(?:-?\d+(?:\.\d+)?|true|false)$/.test(text) ? parseJson(text, text) : text;
}

/** Custom fields that are other ones now; those that are gone are `null`. @param {Card['custom_fields']} before @param {string} text */
function changesOf(before, text) {
  const after = /** @type {Record<string, unknown>} */ (parseJson(text, 'Custom fields'));
  const isSame = (/** @type {string} */ key) => JSON.stringify(after[key]) === JSON.stringify(before[key]);
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !isSame(key));
  return Object.fromEntries(changed.map((key) => [key, after[key] ?? null]));
}

/** A dialog with a form. It closes only when what was typed has been saved: nobody types twice. @param {Form} form */
function formView({ title, text, fields, button, save }) {
  const submit = onSubmit('Saving…', async (values, dialog) => {
    const failed = await save(values);
    if (failed !== undefined) throw new Error(failed.message ?? failed.title);
    if (state.dialog === dialog) closeDialog();
    return undefined;
  });
  const content = html`
    <form class="form" autocomplete="off" @submit=${submit}>
      ${text === undefined ? null : html`<p>${text}</p>`}
      ${fields.map((field, at) => html`<label>${field.label} ${controlView(field, at === 0)}</label>`)} ${noteView()}
      <button class="main-button" ?autofocus=${fields.length === 0}>${button}</button>
    </form>
  `;
  return dialogView({ title, content });
}

/** @param {Field} field @param {boolean} isFirst */
function controlView({ key, value = '', required = false, isLong = false, choices }, isFirst) {
  if (isLong) return html`<textarea name=${key} rows="4" ?autofocus=${isFirst} .defaultValue=${value}></textarea>`;
  if (choices !== undefined) {
    const choiceView = (/** @type {{ key: string, name: string }} */ choice) =>
      html`<option value=${choice.key} .selected=${choice.key === value}>${choice.name}</option>`;
    return html`<select name=${key}>
      ${choices.map(choiceView)}
    </select>`;
  }
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
