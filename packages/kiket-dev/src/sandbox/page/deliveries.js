import { html } from '../../node_modules/lit-html/lit-html.js';
import { repeat } from '../../node_modules/lit-html/directives/repeat.js';
import { badge } from './badge.js';
import { aboutOf, answerOf, deliveryView } from './delivery.js';
import { openDialog } from './dialog.js';
import { state } from './state.js';
/** @import { Delivery } from './types.d.ts' */

/** The deliveries, the newest first, as they are made. */
export function deliveriesView() {
  const { deliveries = [] } = state.pushed ?? {};
  return html`
    <section class="panel deliveries" aria-labelledby="deliveries-title">
      <h2 id="deliveries-title">Deliveries <span class="count">${deliveries.length}</span></h2>
      ${
        deliveries.length === 0
          ? html`<p class="quiet">Every webhook that your extension gets appears here, with what it answered.</p>`
          : tableView(deliveries)
      }
    </section>
  `;
}

/** @param {readonly Delivery[]} deliveries */
function tableView(deliveries) {
  return html`
    <table>
      <thead>
        <tr>
          <th>Event</th>
          <th>About</th>
          <th class="attempt">Attempts</th>
          <th class="http">HTTP</th>
          <th class="answer">Answer</th>
          <th class="time">Time</th>
        </tr>
      </thead>
      <tbody>
        ${repeat(deliveries, ({ id }) => id, rowView)}
      </tbody>
    </table>
  `;
}

/** @param {Delivery} delivery */
function rowView(delivery) {
  const { id, event, attempts } = delivery;
  const latest = attempts.at(-1);
  const name = event.split(/(?<=[.:])/).map((part) => html`${part}<wbr />`);
  const open = () => openDialog(() => deliveryView(id));
  return html`
    <tr data-delivery=${id}>
      <td class="event"><button aria-haspopup="dialog" @click=${open}>${name}</button></td>
      <td class="about">${aboutOf(delivery)}</td>
      <td class="attempt">${latest?.number ?? 0}</td>
      <td class="http">${latest === undefined ? '' : (latest.status ?? 'none')}</td>
      <td class="answer">${badge(answerOf(delivery))}</td>
      <td class="time">${latest === undefined ? '' : `${latest.milliseconds} ms`}</td>
    </tr>
  `;
}
