// The sandbox's board: what the local Kiket does, for people who would rather look than read.
import { html, render } from '../../node_modules/lit-html/lit-html.js';
import { keyed } from '../../node_modules/lit-html/directives/keyed.js';
import { boardView, shownStatus } from './board.js';
import { deliveriesView } from './deliveries.js';
import { deliveryView } from './delivery.js';
import { faultsView } from './faults.js';
import { editIssueView, inputsView, newIssueView, resetView } from './forms.js';
import { headerView } from './header.js';
import { issueView } from './issue.js';
import { listenForPalette, paletteView } from './palette.js';
import { resultsView } from './results.js';
import { follow } from './sandbox.js';
import { onChange, state } from './state.js';

const page = document.getElementById('page') ?? document.body;
const loading = page.querySelector('.loading');

/** Where the cards were drawn last. */
let places = '';

onChange(() => {
  if (state.pushed === undefined) return;
  loading?.remove();
  const before = places;
  places = state.pushed.issues.map((issue) => `${issue.key} ${shownStatus(issue)}`).join();
  const isMoved = before !== '' && before !== places && state.project !== '';
  const isCalm = !matchMedia('(prefers-reduced-motion: no-preference)').matches;
  if (!isMoved || isCalm || typeof document.startViewTransition !== 'function') return draw();
  // Another one may begin before this one has ended.
  document.startViewTransition(draw).ready.catch(() => {});
});
document.addEventListener('visibilitychange', follow);
listenForPalette();
follow();

function draw() {
  const focused = document.activeElement;
  const key = focused?.closest('[data-card]')?.getAttribute('data-card');
  render(pageView(), page);
  for (const card of page.querySelectorAll('[data-card]')) {
    if (!(card instanceof HTMLElement)) continue;
    card.style.setProperty('view-transition-name', `card-${card.dataset['card']}`);
    // A card that goes to another column is made anew there.
    if (card.dataset['card'] === key && focused?.isConnected === false) keepFocus(card, focused);
  }
}

/** @param {HTMLElement} card @param {Element} focused */
function keepFocus(card, focused) {
  const [element] = card.getElementsByClassName(focused.className);
  if (element instanceof HTMLElement) element.focus({ preventScroll: true });
}

function pageView() {
  return html`
    ${headerView()}
    <main class="layout">
      ${boardView()}
      <aside class="side" aria-label="Result, issue and faults">${resultsView()} ${issueView()} ${faultsView()}</aside>
      ${deliveriesView()}
    </main>
    ${keyed(state.dialog, dialogView())}
  `;
}

function dialogView() {
  const { dialog } = state;
  if (dialog?.kind === 'delivery') return deliveryView(dialog.id);
  if (dialog?.kind === 'palette') return paletteView(dialog.typed);
  if (dialog?.kind === 'new') return newIssueView();
  if (dialog?.kind === 'reset') return resetView();
  if (dialog?.kind === 'inputs') return inputsView(dialog.action, dialog.subject);
  return dialog?.kind === 'edit' ? editIssueView(dialog.card, dialog.missing) : null;
}
