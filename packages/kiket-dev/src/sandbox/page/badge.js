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
  refused: '✕',
};

/**
 * A status in the colour of what it means, with a sign for whoever sees no colours.
 *
 * @param {string} status
 */
export function badge(status) {
  return html`<span class="badge" data-status=${status}
    ><span aria-hidden="true">${signs[status] ?? '·'}</span> ${status}</span
  >`;
}
