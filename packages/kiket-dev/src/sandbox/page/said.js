import { html } from '../../node_modules/lit-html/lit-html.js';
import { reasonOf } from './api.js';
import { change, state } from './state.js';
/** @import { Said, State } from './types.d.ts' */

/** What the open dialog has to say about what was done in it; nothing that was said in another. */
export function saidHere() {
  return state.said?.layer === state.layer ? state.said : undefined;
}

/** The same, to be seen and heard. */
export function saidView() {
  const { text = '', isTrouble = false } = saidHere() ?? {};
  return html`<p class=${isTrouble ? 'trouble' : 'told'} role="status">${text}</p>`;
}

/**
 * Does something in the open dialog, one thing at a time, and says there what came of it, unless it is closed by then.
 *
 * @param {string} meanwhile
 * @param {(layer: State['layer']) => Promise<Partial<Said>>} work
 */
export async function attemptHere(meanwhile, work) {
  const { layer } = state;
  if (saidHere()?.isUnderWay === true) return;
  sayIn({ layer, text: meanwhile, isUnderWay: true });
  try {
    const said = await work(layer);
    sayIn({ layer, text: '', ...said });
  } catch (error) {
    sayIn({ layer, text: reasonOf(error), isTrouble: true });
  }
}

/** @param {Said} said */
function sayIn(said) {
  if (said.layer === state.layer) change({ said });
}
