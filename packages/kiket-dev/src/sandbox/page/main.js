// The sandbox's board: what the local Kiket does, for people who would rather look than read.
import { html, render } from '../../node_modules/lit-html/lit-html.js';
import { answerView } from './answer.js';
import { boardView } from './board.js';
import { putBackIfLeft } from './carry.js';
import { deliveriesView } from './deliveries.js';
import { deliveryView } from './delivery.js';
import { openDialog } from './dialog.js';
import { faultsView } from './faults.js';
import { beginAnewView, editIssueView, newIssueView } from './forms.js';
import { glide } from './glide.js';
import { headerView } from './header.js';
import { issueView } from './issue.js';
import { keepLoaded } from './load.js';
import { closeMenuWhenMoved, menuView, openMenu } from './menu.js';
import { listenForPalette, paletteView } from './palette.js';
import { change, onChange, state } from './state.js';

const page = document.getElementById('page') ?? document.body;
const loading = page.querySelector('.loading');

onChange(() => {
  if (state.board === undefined) return;
  loading?.remove();
  glide(() => render(pageView(), page));
  openDialog();
  openMenu();
});
const { me = '' } = /** @type {{ me?: string }} */ (history.state ?? {});
change({ me, selected: location.hash.slice(1) });
listenForPalette();
closeMenuWhenMoved();
putBackIfLeft();
keepLoaded();

function pageView() {
  return html`
    ${headerView()}
    <main class="layout">
      ${boardView()}
      <aside class="side" aria-label="The selected issue, and faults">
        ${answerView()} ${issueView()} ${faultsView()}
      </aside>
      ${deliveriesView()} ${menuView()}
    </main>
    ${layerView()}
  `;
}

function layerView() {
  const { layer } = state;
  if (layer?.kind === 'delivery') return deliveryView(layer.id);
  if (layer?.kind === 'palette') return paletteView();
  if (layer?.kind === 'new') return newIssueView();
  if (layer?.kind === 'anew') return beginAnewView();
  return layer?.kind === 'edit' ? editIssueView(layer.card) : null;
}
