import { html } from '../../node_modules/lit-html/lit-html.js';
import { setFaults } from './deeds.js';
import { state } from './state.js';
/** @import { Faults, FaultSchema } from './types.d.ts' */

/** @type {Readonly<Record<string, string>>} */
const units = { latency: 'ms', api_latency: 'ms', clock_skew: 's' };

/**
 * The position of a switch.
 *
 * @param {string} name
 */
export function valueOf(name) {
  return state.board?.faults[/** @type {keyof Faults} */ (name)];
}

/**
 * One switch, and what it does.
 *
 * @param {string} name
 */
export function faultView(name) {
  const schema = state.faultSchemas[name];
  if (schema === undefined) return null;
  const id = `fault-${name}`;
  return html`
    <div class="fault" data-on=${valueOf(name) !== schema.default}>
      <label for=${id}>${name.replaceAll('_', ' ')}</label>
      <span class="control">${controlView(id, name, schema)}<span class="unit">${units[name] ?? ''}</span></span>
      <span class="what" id="${id}-what">${schema.description}</span>
    </div>
  `;
}

/**
 * @param {string} id
 * @param {string} name
 * @param {FaultSchema} schema
 */
function controlView(id, name, schema) {
  const choices = choicesOf(schema, valueOf(name));
  if (choices !== undefined) return choiceView(id, name, choices);
  return schema.type === 'boolean' ? switchView(id, name) : numberView(id, name, schema);
}

/**
 * @param {string} id
 * @param {string} name
 */
function switchView(id, name) {
  return html`<input
    type="checkbox"
    role="switch"
    id=${id}
    aria-describedby="${id}-what"
    .checked=${valueOf(name) === true}
    @change=${async (/** @type {{ target: HTMLInputElement }} */ { target }) => {
      await setFaults({ [name]: target.checked });
      target.checked = valueOf(name) === true;
    }}
  />`;
}

/**
 * @param {string} id
 * @param {string} name
 * @param {FaultSchema} schema
 */
function numberView(id, name, { minimum, maximum }) {
  return html`<input
    type="number"
    id=${id}
    aria-describedby="${id}-what"
    min=${minimum ?? ''}
    max=${maximum ?? ''}
    .value=${String(valueOf(name))}
    @change=${async (/** @type {{ target: HTMLInputElement }} */ { target }) => {
      await setFaults({ [name]: Number(target.value) });
      target.value = String(valueOf(name));
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
 * What a switch with a few positions can be set to: one of some words, or how often it strikes. One that counts down may
 * be in between.
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
    { value: true, label: 'on' },
  ];
}
