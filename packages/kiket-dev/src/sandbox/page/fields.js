/** @import { Issue } from './types.d.ts' */

/** What people call a field of an issue. @param {string} key */
export function fieldName(key) {
  const words = key.replace(/_id$/, '').replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What stands in the fields that every project has of its own, under what people call them. @param {Issue} issue */
export function customTexts({ custom_fields: custom }) {
  const textOf = (/** @type {unknown} */ value) => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.entries(custom).map(([name, value]) => /** @type {const} */ ([fieldName(name), textOf(value)]));
}

/** The fields that differ between two states of an issue. @param {Issue} before @param {Issue} after */
export function changesBetween(before, after) {
  const [old, now] = [textsOf(before), textsOf(after)];
  const labels = [...new Set([...old.keys(), ...now.keys()])];
  return labels
    .map((label) => ({ label, from: old.get(label) || 'empty', to: now.get(label) || 'empty' }))
    .filter(({ from, to }) => from !== to);
}

/** @param {Issue} issue */
function textsOf(issue) {
  const { title, assignee, issue_type: type, priority, description, labels } = issue;
  return new Map([
    ['Title', title],
    ['Assignee', assignee?.name ?? 'Unassigned'],
    ['Type', type],
    ['Priority', priority],
    ['Description', description ?? ''],
    ['Labels', labels.join(', ')],
    ...customTexts(issue),
  ]);
}
