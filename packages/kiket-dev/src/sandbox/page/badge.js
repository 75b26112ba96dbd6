import { html } from '../../node_modules/lit-html/lit-html.js';

/** @type {Readonly<Record<string, string>>} */
const signs = {
  allow: '✓',
  success: '✓',
  delivered: '✓',
  asking: '…',
  pending: '…',
  waiting: '…',
  sending: '…',
  deny: '✕',
  error: '✕',
  failed: '✕',
};

/** A status in the colour of what it means, with a sign for people who see no colours. @param {string} status */
export function badge(status) {
  return html`<span class="badge" data-status=${status}>${signOf(status)} ${status}</span>`;
}

/** A status in one sign. @param {string} status */
export function sign(status) {
  return html`<span class="sign" data-status=${status}>${signOf(status)}<span class="unseen">${status}:</span></span>`;
}

/** @param {string} status */
function signOf(status) {
  return html`<span aria-hidden="true">${signs[status] ?? '·'}</span>`;
}
