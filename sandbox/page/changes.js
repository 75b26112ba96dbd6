import { changedFields } from './customFields.js';
/** @import { Card } from './types.d.ts' */

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

/** @param {string} text */
function listOf(text) {
  const items = text.split(',').map((item) => item.trim());
  return items.filter((item) => item !== '');
}
