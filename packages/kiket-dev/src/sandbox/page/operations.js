import { changesBetween } from './fields.js';
import { ask, follow, reasonOf } from './sandbox.js';
import { change, findAction, findCard, findDelivery, findMe, nextOf, state, statusName } from './state.js';
/** @import { ActionResult, Card, Faults, Issue, Outcome, Reason, Result, Subject } from './types.d.ts' */

/** Shows an issue in the panel, and what the guards say about its next move. @param {string} key @param {string} [target] */
export function select(key, target = '') {
  const project = state.pushed?.projects.find(({ id }) => id === findCard(key)?.project_id);
  change({ selected: key, target, project: project?.key ?? state.project });
  history.replaceState(null, '', `#${key}`);
  follow();
}

/** Shows the board of a project. @param {string} project */
export function openProject(project) {
  change({ project, selected: '', target: '', results: [] });
  history.replaceState(null, '', ' ');
  follow();
}

/** Acts as somebody else from now on. @param {string} email */
export function switchTo(email) {
  change({ me: email });
  sessionStorage.setItem('me', email);
  follow();
}

/** Asks for a move. Until it's answered, the card waits where it was dropped. @param {string} key @param {string} to */
export async function move(key, to) {
  const card = findCard(key);
  if (card === undefined || state.asking.has(key)) return;
  const title = `${key} stays in ${statusName(card.status)}`;
  if (!nextOf(card).includes(to)) {
    const possible = nextOf(card).map(statusName).join(', ');
    const message = `From ${statusName(card.status)} it can't go to ${statusName(to)}. It can go to: ${possible}.`;
    return change({ results: [{ title, status: 'failed', message }] });
  }
  select(key, to);
  change({ asking: new Map([...state.asking, [key, to]]) });
  await attempt(`Can ${findMe()?.name} move ${key} to ${statusName(to)}?`, title, async () => {
    /** @type {Promise<Outcome>} */
    const asked = ask('POST', `/issues/${key}/transition`, { to, as: state.me });
    const end = () => change({ asking: new Map([...state.asking].filter(([each]) => each !== key)) });
    return [describeMove(await asked.finally(end))];
  });
}

/**
 * Triggers an action of the extension, about an issue or about a project.
 *
 * @param {string} actionKey
 * @param {Subject} subject
 * @param {Record<string, string>} [inputs]
 */
export async function act(actionKey, subject, inputs) {
  const title = `${findAction(actionKey).label} · ${subject.issue ?? subject.project}`;
  return attempt(title, title, async () => {
    /** @type {ActionResult} */
    const { answer, error, moves, refusal } = await ask('POST', `/actions/${actionKey}`, {
      ...subject,
      inputs,
      as: state.me,
    });
    const answered = /** @type {{ status?: string, message?: string, data?: unknown }} */ (answer ?? {});
    const message = answered.message ?? (error === null ? '' : `The extension gave no result: ${error}`);
    const status = error === null ? (answered.status ?? 'error') : 'failed';
    /** @type {Result} */
    const own = { title, status, message: [message, refusal ?? ''].join(' ').trim(), data: answered.data };
    return [...moves.map((outcome) => describeMove(outcome, ' after a second check')), own];
  });
}

/** @param {Outcome} outcome @param {string} [how] @returns {Result} */
function describeMove({ issue: { key, status: at }, to, status, message, metadata, deliveries }, how = '') {
  const { reasons = [], missing_fields: missing = [] } =
    /** @type {{ reasons?: Reason[], missing_fields?: string[] }} */ (metadata);
  const isFailed = deliveries.some((id) => findDelivery(id)?.state === 'failed');
  const titles = {
    allow: `${key} moved to ${statusName(to)}${how}`,
    pending: `${key} waits to move to ${statusName(to)}`,
    deny: `${key} stays in ${statusName(at)}`,
  };
  return { title: titles[status], status: isFailed ? 'failed' : status, message, reasons, move: { key, to, missing } };
}

/** Changes fields of an issue. @param {string} key @param {Record<string, unknown>} fields */
export async function edit(key, fields) {
  const before = findCard(key);
  return attempt(`Changing ${key}`, `${key} hasn't changed`, async () => {
    /** @type {Issue} */
    const after = await ask('PATCH', `/issues/${key}`, { issue: fields, as: state.me });
    const changes = changesBetween(before ?? after, after);
    const title = changes.length === 0 ? `${key} is saved, and nothing changed` : `${key} changed`;
    return [{ title, status: 'success', changes }];
  });
}

/** Creates an issue, and shows it. @param {Record<string, unknown>} fields */
export async function create(fields) {
  return attempt('Creating an issue', 'No issue was created', async () => {
    /** @type {Card} */
    const { key, status } = await ask('POST', '/issues', { issue: fields, as: state.me });
    select(key);
    return [{ title: `${key} created in ${statusName(status)}`, status: 'success' }];
  });
}

/** Sets faults, or turns all of them off. @param {Partial<Faults>} [faults] */
export async function setFaults(faults) {
  try {
    await (faults === undefined ? ask('DELETE', '/faults') : ask('PATCH', '/faults', faults));
  } catch (error) {
    change({ results: [{ title: "The fault wasn't set", status: 'failed', message: reasonOf(error) }] });
  }
}

/** Starts over: everything that was done here is forgotten. */
export async function startOver() {
  return attempt('Starting over', 'Nothing was reset', async () => {
    await ask('POST', '/reset');
    select('ORD-42');
    return [{ title: 'Started over', status: 'success', message: 'All issues are back where they started.' }];
  });
}

/**
 * Does something and shows the result, even if the sandbox refuses.
 *
 * @param {string} meanwhile
 * @param {string} otherwise the title if it fails
 * @param {() => Promise<Result[]>} work
 * @returns {Promise<Result | undefined>} what failed
 */
async function attempt(meanwhile, otherwise, work) {
  change({ results: [{ title: meanwhile, status: 'asking' }] });
  try {
    change({ results: await work() });
    return undefined;
  } catch (error) {
    const failed = { title: otherwise, status: 'failed', message: reasonOf(error) };
    change({ results: [failed] });
    return failed;
  }
}
