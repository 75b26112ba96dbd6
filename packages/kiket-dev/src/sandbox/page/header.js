import { html } from '../../node_modules/lit-html/lit-html.js';
import { changedFaults, showFaults } from './faults.js';
import { setFaults, switchTo } from './operations.js';
import { openPalette } from './palette.js';
import { unreachable } from './sandbox.js';
import { segmentsView } from './segments.js';
import { findMe, state } from './state.js';

/** What runs here, who you are, every command, and below them what is wrong. */
export function headerView() {
  const { extension, users = [], guardian } = state.pushed ?? {};
  const trouble = state.isLive ? (guardian?.trouble ?? null) : unreachable;
  const faults = changedFaults();
  const people = users.map(({ email, name }) => ({ key: email, name }));
  return html`
    <header>
      <div class="header">
        <h1><img src="/sandbox/page/icon.svg" alt="" width="26" height="26" /> <span>Kiket sandbox</span></h1>
        <p class="extension">${extension?.name} <span class="quiet">${extension?.version}</span></p>
        ${trouble === null ? html`<p class="ready" data-status="success">● ready</p>` : null}
        <div class="people">
          <span aria-live="polite">You are <span class="unseen">${findMe()?.name}</span></span>
          ${segmentsView('You are', people, state.me, switchTo)}
        </div>
        <button class="commands" aria-haspopup="dialog" @click=${openPalette}>
          ☰ <span>Commands</span> <kbd>${navigator.platform.startsWith('Mac') ? '⌘' : 'Ctrl'} K</kbd>
        </button>
      </div>
      ${trouble === null ? null : html`<p class="banner" role="alert">${trouble}</p>`}
      ${faults.length === 0 ? null : faultsBanner(faults)}
    </header>
  `;
}

/** @param {readonly string[]} titles */
function faultsBanner(titles) {
  return html`
    <div class="bar banner faults-on">
      <p>${titles.length === 1 ? '1 fault is on' : `${titles.length} faults are on`}: ${titles.join(', ')}</p>
      <span>
        <button class="quiet-button" @click=${showFaults}>Show</button>
        <button class="quiet-button" @click=${() => void setFaults()}>Turn off all</button>
      </span>
    </div>
  `;
}
