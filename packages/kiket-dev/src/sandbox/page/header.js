import { html } from '../../node_modules/lit-html/lit-html.js';
import { changedFaults } from './faults.js';
import { be } from './look.js';
import { openPalette } from './palette.js';
import { change, state } from './state.js';

/** What runs here, who you are, and the way to everything else. */
export function headerView() {
  const { board } = state;
  const on = changedFaults();
  return html`
    <header class="header">
      <h1><img src="/sandbox/page/icon.svg" alt="" width="26" height="26" /> Kiket sandbox</h1>
      <p class="extension">${board?.extension.name} <span class="quiet">${board?.extension.version}</span></p>
      ${conditionView()}
      ${
        on.length === 0
          ? null
          : html`<button type="button" class="alarm" @click=${showFaults}>
              ${on.length === 1 ? '1 fault is on' : `${on.length} faults are on`}
            </button>`
      }
      <div class="tail">
        <fieldset class="people">
          <legend>You are</legend>
          <div class="segments">
            ${board?.users.map(
              ({ name, email }) => html`
                <label>
                  <input
                    type="radio"
                    name="me"
                    value=${email}
                    .checked=${email === state.me}
                    @change=${() => be(email)}
                  />
                  <span>${name}</span>
                </label>
              `,
            )}
          </div>
        </fieldset>
        <button type="button" class="palette-button" aria-haspopup="dialog" @click=${openPalette}>
          Commands <kbd>${isMac() ? '⌘' : 'Ctrl'} K</kbd>
        </button>
      </div>
    </header>
  `;
}

function showFaults() {
  change({ areFaultsOpen: true });
  const summary = document.querySelector('.faults summary');
  if (!(summary instanceof HTMLElement)) return;
  summary.focus();
}

/** Whether the sandbox and the guardian are there. */
function conditionView() {
  if (!state.isLive) {
    return html`<p class="condition" role="alert" data-is="lost">
      The sandbox does not answer. Start it again: <code>npm run sandbox</code>
    </p>`;
  }
  const trouble = state.board?.guardian.trouble ?? null;
  if (trouble !== null) return html`<p class="condition" role="alert" data-is="down">${trouble}</p>`;
  return html`<p class="condition" data-is="up">guardian ready</p>`;
}

function isMac() {
  return navigator.platform.startsWith('Mac');
}
