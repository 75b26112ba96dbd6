import { html } from '../../node_modules/lit-html/lit-html.js';

/**
 * A choice of a few, side by side.
 *
 * @param {string} label what is chosen
 * @param {readonly { key: string, name: string }[]} choices
 * @param {string} chosen the key of the one that is chosen now
 * @param {(key: string) => void} choose
 */
export function segmentsView(label, choices, chosen, choose) {
  const buttonView = (/** @type {{ key: string, name: string }} */ { key, name }) =>
    html`<button aria-pressed=${key === chosen} @click=${() => choose(key)}>${name}</button>`;
  return html`<div class="segments" role="group" aria-label=${label}>${choices.map(buttonView)}</div>`;
}
