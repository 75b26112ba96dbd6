import { html } from '../../node_modules/lit-html/lit-html.js';
import { openDialog } from './dialog.js';
import { changedFaults } from './faults.js';
import { setFaults, switchTo } from './operations.js';
import { change, state } from './state.js';

/** What runs here, who you are, the way to everything else, and below it whatever is wrong. */
export function headerView() {
  const { extension, users = [], guardian } = state.pushed ?? {};
  const trouble = state.isLive
    ? (guardian?.trouble ?? null)
    : "The sandbox doesn't answer. Start it again: npm run sandbox";
  return html`
    <header>
      <div class="header">
        <h1><img src="/sandbox/page/icon.svg" alt="" width="26" height="26" /> <span>Kiket sandbox</span></h1>
        <p class="extension">${extension?.name} <span class="quiet">${extension?.version}</span></p>
        ${trouble === null ? html`<p class="ready">ready</p>` : null}
        <fieldset class="people">
          <legend>You are</legend>
          <div class="segments">
            ${users.map(
              ({ name, email }) => html`
                <label>
                  <input
                    type="radio"
                    name="me"
                    value=${email}
                    .checked=${email === state.me}
                    @change=${() => switchTo(email)}
                  />
                  <span>${name}</span>
                </label>
              `,
            )}
          </div>
        </fieldset>
        <button class="commands" aria-haspopup="dialog" @click=${() => openDialog({ kind: 'palette', typed: '' })}>
          <span>Commands</span> <kbd>${navigator.platform.startsWith('Mac') ? '⌘' : 'Ctrl'} K</kbd>
        </button>
      </div>
      ${trouble === null ? null : html`<p class="banner" role="alert">${trouble}</p>`} ${faultsBanner()}
    </header>
  `;
}

function faultsBanner() {
  const titles = changedFaults();
  if (titles.length === 0) return null;
  return html`
    <div class="banner faults-on">
      <p>${titles.length === 1 ? '1 fault is on' : `${titles.length} faults are on`}: ${titles.join(', ')}</p>
      <span>
        <button class="quiet-button" @click=${showFaults}>Show</button>
        <button class="quiet-button" @click=${() => void setFaults()}>Turn off all</button>
      </span>
    </div>
  `;
}

function showFaults() {
  change({ areFaultsOpen: true });
  queueMicrotask(() => {
    const summary = document.querySelector('.faults summary');
    if (summary instanceof HTMLElement) summary.focus();
  });
}
