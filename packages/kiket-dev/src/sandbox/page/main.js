// The sandbox's board: what the local Kiket does, for people who would rather look than read.
import { html, render } from '../../node_modules/lit-html/lit-html.js';
import { keyed } from '../../node_modules/lit-html/directives/keyed.js';
import { boardView, shownStatus } from './board.js';
import { deliveriesView } from './deliveries.js';
import { faultsView } from './faults.js';
import { headerView } from './header.js';
import { issueView } from './issue.js';
import { listenForPalette } from './palette.js';
import { resultsView } from './results.js';
import { follow } from './sandbox.js';
import { changes, state } from './state.js';

const page = document.getElementById('page') ?? document.body;

/** Where the cards were drawn last, and which results. */
let places = '';
let { results } = state;

changes.addEventListener('change', () => {
  if (state.pushed === undefined) return;
  page.querySelector('.loading')?.remove();
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
  const focused = document.activeElement?.id ?? '';
  render(pageView(), page);
  // A card that goes to another column is a new element there.
  if (document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
  if (results !== state.results) page.querySelector('.result')?.parentElement?.scrollIntoView({ block: 'nearest' });
  ({ results } = state);
}

function pageView() {
  return html`
    ${headerView()}
    <main class="layout">
      ${boardView()}
      <aside class="side" aria-label="Result, issue and faults">${resultsView()} ${issueView()} ${faultsView()}</aside>
      ${deliveriesView()}
    </main>
    ${keyed(state.dialog, state.dialog?.view())}
  `;
}
