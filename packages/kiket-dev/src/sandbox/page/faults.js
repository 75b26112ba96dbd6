import { html } from '../../node_modules/lit-html/lit-html.js';
import { setFaults } from './operations.js';
import { change, state } from './state.js';
/** @import { Faults, FaultSchema } from './types.d.ts' */

const dialect = 'Dialect';

/** Everything that can be made to go wrong, and the dialects that Kiket may speak. */
export function faultsView() {
  const schemas = Object.entries(schemasByName());
  const groups = [...new Set(schemas.map(([, { group }]) => group))];
  const titles = changedFaults();
  return html`
    <section class="panel faults">
      <details ?open=${state.areFaultsOpen} @toggle=${noteToggle}>
        <summary>
          <h2>Faults</h2>
          <span class="quiet">${titles.length === 0 ? 'none is on' : titles.join(', ')}</span>
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

function schemasByName() {
  return /** @type {Readonly<Record<string, FaultSchema>>} */ (state.pushed?.faultSchemas ?? {});
}

/** @param {string} name */
function valueOf(name) {
  return state.pushed?.faults[/** @type {keyof Faults} */ (name)];
}

/** @param {Event} event */
function noteToggle({ currentTarget }) {
  const details = /** @type {HTMLDetailsElement} */ (currentTarget);
  if (details.open) details.scrollIntoView({ block: 'start' });
  if (details.open !== state.areFaultsOpen) change({ areFaultsOpen: details.open });
}

/** @param {string} name @param {FaultSchema} schema */
function faultView(name, schema) {
  const id = `fault-${name}`;
  const choices = choicesOf(schema, valueOf(name));
  return html`
    <div class="fault" data-on=${valueOf(name) !== schema.default}>
      <label for=${id}>${schema.title}</label>
      <span class="control">
        ${choices === undefined ? inputView(id, name, schema) : choiceView(id, name, choices)} ${schema.unit}
      </span>
      <span class="what" id="${id}-what">${schema.description}</span>
    </div>
  `;
}

/** A switch or a number. @param {string} id @param {string} name @param {FaultSchema} schema */
function inputView(id, name, { type, minimum, maximum }) {
  const isSwitch = type === 'boolean';
  const value = valueOf(name);
  return html`<input
    type=${isSwitch ? 'checkbox' : 'number'}
    id=${id}
    aria-describedby="${id}-what"
    min=${minimum ?? ''}
    max=${maximum ?? ''}
    .checked=${value === true}
    .value=${String(value)}
    @change=${async (/** @type {{ target: HTMLInputElement }} */ { target }) => {
      await setFaults({ [name]: isSwitch ? target.checked : Number(target.value) });
      Object.assign(target, { checked: valueOf(name) === true, value: String(valueOf(name)) });
    }}
  />`;
}

/**
 * @param {string} id
 * @param {string} name
 * @param {readonly { value: string | number | boolean, label: string }[]} choices
 */
function choiceView(id, name, choices) {
  const at = () => choices.findIndex(({ value }) => value === valueOf(name));
  return html`<select
    id=${id}
    aria-describedby="${id}-what"
    @change=${async (/** @type {{ target: HTMLSelectElement }} */ { target }) => {
      await setFaults({ [name]: choices[target.selectedIndex]?.value });
      target.selectedIndex = at();
    }}
  >
    ${choices.map(({ label }, index) => html`<option .selected=${index === at()}>${label}</option>`)}
  </select>`;
}

/**
 * The choices of a fault: one of some words, or how often it strikes. One that counts down may be in between.
 *
 * @param {FaultSchema} schema
 * @param {unknown} value
 */
function choicesOf(schema, value) {
  if (schema.enum !== undefined) return schema.enum.map((word) => ({ value: word, label: word }));
  if (schema.anyOf === undefined) return undefined;
  const counts = [1, 2, 3, ...(typeof value === 'number' && value > 3 ? [value] : [])];
  return [
    { value: false, label: 'off' },
    ...counts.map((count) => ({ value: count, label: count === 1 ? 'once' : `${count} times` })),
    { value: true, label: 'always' },
  ];
}
