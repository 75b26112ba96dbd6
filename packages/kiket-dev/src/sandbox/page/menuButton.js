import { html } from '../../node_modules/lit-html/lit-html.js';
import { change, state } from './state.js';

/**
 * The button that opens the menu of a card. While that is open, the button is the menu's own: pressing it closes the menu,
 * where pressing anything else would close it before the click.
 *
 * @param {{ key: string, kind: string, label: string, name?: string }} button `name` says it to whoever hears it
 */
export function menuButton({ key, kind, label, name = label }) {
  const isOpen = state.layer?.kind === 'menu' && state.layer.key === key;
  return html`
    <button
      type="button"
      class=${kind}
      popovertarget=${isOpen ? 'menu' : ''}
      aria-haspopup="menu"
      aria-expanded=${isOpen}
      aria-label=${name}
      @click=${(/** @type {Event} */ event) => isOpen || open(event, key)}
    >
      ${label}
    </button>
  `;
}

/**
 * @param {Event} event
 * @param {string} key
 */
function open(event, key) {
  // By the end of the click the button is the menu's, and would close it.
  event.preventDefault();
  change({ layer: { kind: 'menu', key, anchor: /** @type {Element} */ (event.currentTarget) } });
}
