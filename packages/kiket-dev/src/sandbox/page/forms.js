import { html } from '../../node_modules/lit-html/lit-html.js';
import { closeDialog, dialogView } from './dialog.js';
import { beginAnew, create, edit } from './deeds.js';
import { changesIn, linesOf } from './fields.js';
import { attemptHere, saidView } from './said.js';
import { state } from './state.js';
import { valuesOf } from './tools.js';
/** @import { Answer, Card } from './types.d.ts' */

/** More than spaces. */
const somethingToRead = String.raw`.*\S.*`;

/** Asks for a new issue. */
export function newIssueView() {
  const content = html`
    <form class="form" @submit=${sendNew}>
      <label for="title">Title</label>
      <input id="title" name="title" required pattern=${somethingToRead} autocomplete="off" autofocus />
      <label for="project">Project</label>
      <select id="project" name="project_key">
        ${state.board?.projects.map(
          ({ key, name }) => html`<option value=${key} .selected=${key === state.project}>${name}</option>`,
        )}
      </select>
      ${saidView()}
      <button class="main-button">Make it</button>
    </form>
  `;
  return dialogView({ title: 'New issue', content });
}

/**
 * Asks for the fields of an issue.
 *
 * @param {Card} card
 */
export function editIssueView(card) {
  const content = html`
    <form class="form" @submit=${(/** @type {SubmitEvent} */ submit) => sendChanged(card, submit)}>
      ${textFields.map(
        ({ name, label }, index) => html`
          <label for=${name}>${label}</label>
          <input
            id=${name}
            name=${name}
            .defaultValue=${card[name]}
            required
            pattern=${somethingToRead}
            ?autofocus=${index === 0}
            autocomplete="off"
          />
        `,
      )}
      <label for="description">Description</label>
      <textarea id="description" name="description" rows="3" .defaultValue=${card.description ?? ''}></textarea>
      <label for="labels">Labels, separated by commas</label>
      <input id="labels" name="labels" .defaultValue=${card.labels.join(', ')} autocomplete="off" />
      <label for="custom">Custom fields, one a line: name=text or name=JSON</label>
      <textarea
        id="custom"
        name="custom"
        rows="3"
        spellcheck="false"
        .defaultValue=${linesOf(card.custom_fields)}
      ></textarea>
      ${saidView()}
      <button class="main-button">Save</button>
    </form>
  `;
  return dialogView({ title: `Edit ${card.key}`, content });
}

/** @type {readonly { name: 'title' | 'issue_type' | 'priority', label: string }[]} */
const textFields = [
  { name: 'title', label: 'Title' },
  { name: 'issue_type', label: 'Type' },
  { name: 'priority', label: 'Priority' },
];

/** Asks whether everything may go. */
export function beginAnewView() {
  const content = html`
    <p>
      Every issue goes back to where it was, every fault is set right, all deliveries are deleted, and no approval
      counts any more.
    </p>
    <form class="form" @submit=${sendAnew}>
      <button class="main-button" autofocus>Start over</button>
    </form>
  `;
  return dialogView({ title: 'Begin the story anew?', content });
}

/** @param {SubmitEvent} submit */
function sendAnew(submit) {
  submit.preventDefault();
  closeDialog();
  void beginAnew();
}

/** @param {SubmitEvent} submit */
function sendNew(submit) {
  const fields = valuesOf(submit);
  save(() => create(fields));
}

/**
 * @param {Card} card
 * @param {SubmitEvent} submit
 */
function sendChanged(card, submit) {
  submit.preventDefault();
  const form = /** @type {HTMLFormElement} */ (submit.currentTarget);
  save(async () => edit(card.key, changesIn(form, card)));
}

/**
 * Closes the form when what is in it has been saved, and not before: what was typed is not typed twice.
 *
 * @param {() => Promise<Answer>} deed
 */
function save(deed) {
  void attemptHere('Saving…', async (layer) => {
    const { status, message } = await deed();
    if (status !== 'success') throw new Error(message ?? status);
    if (state.layer === layer) closeDialog();
    return {};
  });
}
