import { html } from '../../node_modules/lit-html/lit-html.js';
import { setFaults } from './deeds.js';
import { faultView, valueOf } from './fault.js';
import { change, state } from './state.js';

/** Faults by what they are about; one that is in no group is shown in the last. */
const groups = [
  { name: 'On the way to the guardian', faults: ['latency', 'error', 'too_many', 'drop'] },
  { name: 'What Kiket sends', faults: ['clock_skew', 'signature', 'wrong_secret', 'token', 'expired_token'] },
  { name: "Kiket's API", faults: ['api_latency', 'api_error', 'api_too_many', 'api_drop', 'api_lost'] },
  { name: 'The shape of its answers', faults: ['error_shape', 'secrets_shape'] },
];

/** Everything that can be made to go wrong. */
export function faultsView() {
  const changed = changedFaults();
  return html`
    <section class="panel faults">
      <details ?open=${state.areFaultsOpen} @toggle=${noteToggle}>
        <summary>
          <h2>Faults</h2>
          <span class="quiet">${changed.length === 0 ? 'none is on' : changed.join(', ')}</span>
        </summary>
        ${groupsOf().map(
          ({ name, faults }) => html`
            <fieldset>
              <legend>${name}</legend>
              ${faults.map(faultView)}
            </fieldset>
          `,
        )}
        <button type="button" ?disabled=${changed.length === 0} @click=${() => void setFaults()}>Set all right</button>
      </details>
    </section>
  `;
}

/** The names of those that are not in their own position. */
export function changedFaults() {
  return Object.entries(state.faultSchemas)
    .filter(([name, schema]) => valueOf(name) !== schema.default)
    .map(([name]) => name);
}

/** @param {Event} event */
function noteToggle({ currentTarget }) {
  const details = /** @type {HTMLDetailsElement} */ (currentTarget);
  if (details.open) details.scrollIntoView({ block: 'start' });
  if (details.open !== state.areFaultsOpen) change({ areFaultsOpen: details.open });
}

function groupsOf() {
  const known = groups.flatMap(({ faults }) => faults);
  const others = Object.keys(state.faultSchemas).filter((name) => !known.includes(name));
  return groups.map((group, index) =>
    index === groups.length - 1 ? { ...group, faults: [...group.faults, ...others] } : group,
  );
}
