import { html } from '../../node_modules/lit-html/lit-html.js';

/** What statuses mean, as a sign for people who see no colours. */
const signs = new Map([
  ['✓', ['allow', 'success', 'delivered']],
  ['…', ['asking', 'pending', 'waiting', 'sending']],
  ['✕', ['deny', 'error', 'failed']],
]);

/** A status in the colour of what it means, with its sign. @param {string} status */
export function badge(status) {
  return html`<span class="badge" data-status=${status}>${signOf(status)} ${status}</span>`;
}

/** A status in one sign. @param {string} status */
export function sign(status) {
  return html`<span class="sign" data-status=${status}>${signOf(status)}<span class="unseen">${status}:</span></span>`;
}

/** @param {string} status */
function signOf(status) {
  const [found = '·'] = [...signs].find(([, statuses]) => statuses.includes(status)) ?? [];
  return html`<span aria-hidden="true">${found}</span>`;
}
