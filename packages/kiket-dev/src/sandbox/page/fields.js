/** @import { Card } from './types.d.ts' */

/**
 * Custom fields as text, one a line. A value that text would not bring back the same is JSON.
 *
 * @param {Readonly<Record<string, unknown>>} fields
 */
export function linesOf(fields) {
  return Object.entries(fields).map(lineOf).join('\n');
}

/**
 * What somebody has changed in the form of an issue. What they did not touch may have been changed by others meanwhile.
 *
 * @param {HTMLFormElement} form
 * @param {Card} card
 */
export function changesIn(form, { custom_fields: before }) {
  const { description, labels, custom, ...texts } = changedIn(form);
  return {
    ...texts,
    ...(description === undefined ? {} : { description: description === '' ? null : description }),
    ...(labels === undefined ? {} : { labels: listOf(labels) }),
    ...(custom === undefined ? {} : { custom_fields: changedFields(custom, before) }),
  };
}

/**
 * What stands in fields that were changed, by their names.
 *
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>}
 */
function changedIn(form) {
  const controls = /** @type {(HTMLInputElement | HTMLTextAreaElement)[]} */ ([
    ...form.querySelectorAll('input, textarea'),
  ]);
  const changed = controls.filter((control) => control.value !== untouched(control));
  return Object.fromEntries(changed.map(({ name, value }) => [name, value]));
}

/**
 * What a control shows as long as nobody types: an input has no line breaks, and a text area one kind of them.
 *
 * @param {HTMLInputElement | HTMLTextAreaElement} control
 */
function untouched({ localName, defaultValue }) {
  const fresh = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (document.createElement(localName));
  fresh.defaultValue = defaultValue;
  return fresh.value;
}

/**
 * What has been changed in these lines, by name; `null` is a field whose line is gone. Throws for a line that is none.
 *
 * @param {string} text
 * @param {Readonly<Record<string, unknown>>} before
 * @returns {Record<string, unknown>}
 */
function changedFields(text, before) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const entries = Object.entries(before);
  const shown = entries.map(lineOf);
  const gone = entries.filter((entry) => !lines.includes(lineOf(entry))).map(([name]) => [name, null]);
  const written = lines.filter((line) => !shown.includes(line)).map(readLine);
  return Object.fromEntries([...gone, ...written]);
}

/** @param {[string, unknown]} entry */
function lineOf([name, value]) {
  return `${name}=${isPlain(value) ? value : JSON.stringify(value)}`;
}

/** @param {string} line */
function readLine(line) {
  const [name = '', ...rest] = line.split('=');
  if (rest.length === 0 || name.trim() === '') throw new Error(`"${line}" is no name=text and no name=JSON.`);
  return [name.trim(), readValue(rest.join('='))];
}

/**
 * Whether it is text that is read as what it is.
 *
 * @param {unknown} value
 * @returns {value is string}
 */
function isPlain(value) {
  return typeof value === 'string' && !/[\r\n]/.test(value) && readValue(value) === value;
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function readValue(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}

/** @param {string} text */
function listOf(text) {
  const items = text.split(',').map((item) => item.trim());
  return items.filter((item) => item !== '');
}
