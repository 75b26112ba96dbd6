import { ask, listen, reasonOf } from './api.js';
import { latest, loadDelivery } from './loadDelivery.js';
import { countQuestions, forgetQuestions, lastAnswered, question } from './questions.js';
import { change, findCard, nextOf, state } from './state.js';
/** @import { Board, Change, Comment, Delivery, FaultSchema, GuardReport, Issue, Records } from './types.d.ts' */

/** How long to wait for more changes before the guards are asked, in milliseconds. */
const settleMs = 80;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let due;

/** Loads everything, and keeps it as it is in the sandbox. */
export function keepLoaded() {
  listen({
    onChange: (told) => unlessGone(take(told)),
    onLive: (isLive) => {
      change({ isLive });
      // What happened meanwhile has been missed.
      if (isLive) unlessGone(loadAll());
    },
  });
}

/**
 * A sandbox that has gone away is told by the stream, and everything is loaded when it is there again.
 *
 * @param {Promise<unknown>} loading
 */
function unlessGone(loading) {
  loading.catch(() => {});
}

async function loadAll() {
  const asked = countQuestions();
  const isNews = question('everything');
  /** @type {[Delivery[], { properties: Record<string, FaultSchema> }, void]} */
  const [deliveries, { properties }] = await Promise.all([
    ask('GET', '/deliveries'),
    ask('GET', '/faults/schema'),
    loadBoard(),
  ]);
  if (!isNews()) return;
  const newer = state.deliveries.filter(({ id }) => lastAnswered(id) > asked);
  change({ deliveries: latest([...newer, ...deliveries]), faultSchemas: properties });
}

/** Loads the board, and what else is shown of the selected issue. */
export async function loadBoard() {
  const isNews = question('board');
  // They are asked when it is known where the issue is now.
  clearTimeout(due);
  /** @type {Board} */
  const board = await ask('GET', '/board');
  if (!isNews()) return;
  const { projects, users, issues } = board;
  const me = users.some(({ email }) => email === state.me) ? state.me : (users[0]?.email ?? '');
  const issue = issues.find(({ key }) => key === state.selected) ?? issues[0];
  const project =
    projects.find(({ key }) => key === state.project) ?? projects.find(({ id }) => id === issue?.project_id);
  change({ board, me, selected: issue?.key, project: project?.key ?? '' });
  refreshIssue();
}

/** Asks the guards and for comments of the selected issue anew, soon. */
export function refreshIssue() {
  clearTimeout(due);
  due = setTimeout(() => unlessGone(Promise.all([loadGuards(), loadDetails()])), settleMs);
}

/** The move that the guards are asked about: the one that is chosen, or else the next one forwards. */
export function targetOf() {
  const card = findCard(state.selected);
  if (card === undefined) return undefined;
  const next = nextOf(card);
  return next.find((to) => to === state.target) ?? card.waiting?.to ?? next.at(-1);
}

async function loadGuards() {
  const [key, to, as] = [state.selected, targetOf(), state.me];
  if (key === undefined || to === undefined) return change({ guards: undefined });
  const isNews = question('guards');
  const guards = await askGuards(key, to, as);
  // Something else may have been chosen meanwhile.
  if (!isNews() || key !== state.selected || to !== targetOf() || as !== state.me) return undefined;
  // The issue has moved meanwhile, so it may go elsewhere.
  return guards === undefined ? loadBoard() : change({ guards });
}

/**
 * @param {string} key
 * @param {string} to
 * @param {string} as
 */
async function askGuards(key, to, as) {
  try {
    /** @type {{ report: GuardReport | null }} */
    const { report } = await ask('POST', `/issues/${key}/guards`, { to, as });
    return report === null ? undefined : { key, to, report, trouble: undefined };
  } catch (error) {
    return { key, to, report: undefined, trouble: reasonOf(error) };
  }
}

async function loadDetails() {
  const { selected: key } = state;
  if (key === undefined) return;
  const isNews = question('details');
  /** @type {[Issue & { comments: Comment[] }, Records]} */
  const [{ id, comments }, records] = await Promise.all([ask('GET', `/issues/${key}`), ask('GET', '/records')]);
  const rows = records.custom_data.filter(({ record }) => {
    const { issue_id: named, issue_key: named2 } = /** @type {Record<string, unknown>} */ (record);
    return [named, named2].some((name) => [key, String(id)].includes(String(name)));
  });
  if (isNews() && key === state.selected) change({ details: { key, comments, rows } });
}

/**
 * Loads what a change is about.
 *
 * @param {Change} told
 */
async function take(told) {
  if (told.type === 'report') return;
  if (told.type === 'reset') {
    forgetQuestions();
    return loadAll();
  }
  if (told.type === 'sending') return loadDelivery(told.id);
  await Promise.all([loadBoard(), told.type === 'delivery' && loadDelivery(told.id)]);
}
