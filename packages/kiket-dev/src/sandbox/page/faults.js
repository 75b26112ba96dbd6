import { html } from '../../node_modules/lit-html/lit-html.js';
import { live } from '../../node_modules/lit-html/directives/live.js';
import { setFaults } from './operations.js';
import { state } from './state.js';
/** @import { Faults, FaultSchema } from './types.d.ts' */

const dialect = 'Dialect';

/** Everything that can be made to go wrong, and the dialects that Kiket may speak. */
export function faultsView() {
  const schemas = Object.entries(schemasByName());
  const groups = [...new Set(schemas.map(([, { group }]) => group))];
  return html`
    <section class="panel faults">
      <details @toggle=${showAll}>
        <summary>
          <h2>Faults</h2>
          <span class="quiet" aria-live="polite">${changedFaults().join(', ') || 'all off'}</span>
        </summary>
        ${groups.map(
          (group) => html`
            <fieldset>
              <legend>${group}</legend>
              ${schemas.filter(([, schema]) => schema.group === group).map(([name, schema]) => faultView(name, schema))}
            </fieldset>
          `,
        )}
        <button @click=${() => void setFaults()}>Turn off all faults</button>
      </details>
    </section>
  `;
}

/** The titles of the faults that are on. Another dialect is none. */
export function changedFaults() {
  return Object.entries(schemasByName())
    .filter(([name, schema]) => schema.group !== dialect && valueOf(name) !== schema.default)
    .map(([, { group, title }]) => (group === 'Deliveries' ? title : `API: ${title}`));
}

/** Opens the list of faults, and goes there. */
export function showFaults() {
  const details = /** @type {HTMLDetailsElement} */ (document.querySelector('.faults details'));
  details.open = true;
  details.querySelector('summary')?.focus();
}

/** @param {Event} event */
function showAll({ currentTarget }) {
  const details = /** @type {HTMLDetailsElement} */ (currentTarget);
  if (details.open) details.parentElement?.scrollIntoView({ block: 'start' });
}

function schemasByName() {
  return /** @type {Readonly<Record<string, FaultSchema>>} */ (state.pushed?.faultSchemas ?? {});
}

/** @param {string} name */
function valueOf(name) {
  return state.pushed?.faults[/** @type {keyof Faults} */ (name)];
}

/** @param {string} name @param {FaultSchema} schema */
function faultView(name, schema) {
  const choices = choicesOf(schema, valueOf(name));
  return html`
    <div class="fault" data-on=${valueOf(name) !== schema.default}>
      <label for="fault-${name}">${schema.title}</label>
      <span>${choices === undefined ? numberView(name, schema) : choiceView(name, choices)} ${schema.unit}</span>
      <p id="fault-${name}-what" class="quiet">${schema.description}</p>
    </div>
  `;
}

/** @param {string} name @param {FaultSchema} schema */
function numberView(name, { minimum, maximum }) {
  const set = async (/** @type {{ target: HTMLInputElement }} */ { target }) => {
    await setFaults({ [name]: Number(target.value) });
    target.value = String(valueOf(name));
  };
  return html`<input
    type="number"
    id="fault-${name}"
    aria-describedby="fault-${name}-what"
    min=${minimum}
    max=${maximum}
    .value=${String(valueOf(name))}
    @change=${set}
  />`;
}

/** @param {string} name @param {readonly unknown[]} choices */
function choiceView(name, choices) {
  const set = (/** @type {{ target: HTMLSelectElement }} */ { target }) =>
    setFaults({ [name]: choices[target.selectedIndex] });
  return html`<select id="fault-${name}" aria-describedby="fault-${name}-what" @change=${set}>
    ${choices.map((each) => html`<option .selected=${live(each === valueOf(name))}>${choiceName(each, choices)}</option>`)}
  </select>`;
}

/** What a fault can be, other than any number; how often it strikes counts down. @param {FaultSchema} schema @param {unknown} value */
function choicesOf(schema, value) {
  if (schema.enum !== undefined) return schema.enum;
  if (schema.type === 'boolean') return [false, true];
  return schema.anyOf && [false, ...new Set([1, 2, 3, ...(typeof value === 'number' ? [value] : [])]), true];
}

/** @param {unknown} choice @param {readonly unknown[]} choices */
function choiceName(choice, choices) {
  if (choice === false) return 'off';
  if (choice === true) return choices.length === 2 ? 'on' : 'always';
  if (typeof choice === 'number') return choice === 1 ? 'once' : `${choice} times`;
  return choice;
}
