import { change, changes, state } from './state.js';
/** @import { Pushed } from './types.d.ts' */

/** What to say while nothing comes from the sandbox. */
export const unreachable = "The sandbox doesn't answer. Start it again: npm run sandbox";

/** How long to wait before the stream is opened again, in milliseconds, if the browser has given up. */
const againMs = 500;

/** @type {EventSource | undefined} */
let stream;

/**
 * Follows the sandbox from the view that the page has now: its state is pushed whole, at once and after every change.
 * Browsers open six connections to a server for all of its pages together, so a hidden page leaves its own to the others.
 */
export function follow() {
  stream?.close();
  if (document.hidden) return;
  const view = new URLSearchParams({ issue: state.selected, to: state.target, as: state.me });
  const opened = new EventSource(`/sandbox/api/events?${view.toString()}`);
  opened.addEventListener('message', ({ data }) => take(/** @type {Pushed} */ (JSON.parse(String(data)))));
  opened.addEventListener('error', () => {
    change({ isLive: false });
    if (opened.readyState === EventSource.CLOSED) setTimeout(() => stream === opened && follow(), againMs);
  });
  stream = opened;
}

/** @param {Pushed} pushed */
function take(pushed) {
  const { users, issues, projects } = pushed;
  const isFirst = state.pushed === undefined;
  const me = users.some(({ email }) => email === state.me) ? state.me : (users[0]?.email ?? '');
  const card = issues.find(({ key }) => key === state.selected) ?? (isFirst ? issues[0] : undefined);
  const selected = card?.key ?? '';
  const own = projects.find(({ id }) => id === card?.project_id)?.key;
  const project = (isFirst ? own : state.project) ?? projects[0]?.key ?? '';
  const isOtherView = me !== state.me || selected !== state.selected;
  // What the guards said last stays until they have answered again.
  const preview = pushed.preview === undefined ? state.pushed?.preview : pushed.preview;
  change({ pushed: { ...pushed, preview }, isLive: true, me, selected, project });
  if (isOtherView) follow();
}

/** Resolves when the page shows a change, or when no stream is open or being opened. @param {number} number */
async function caughtUp(number) {
  while (state.isLive && stream?.readyState !== EventSource.CLOSED && (state.pushed?.change ?? 0) < number) {
    await new Promise((resolve) => changes.addEventListener('change', resolve, { once: true }));
  }
}

/**
 * Asks the sandbox for something, and waits until the page shows the effect. Rejects with what the sandbox says is wrong.
 *
 * @template Value
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<Value>}
 */
export async function ask(method, path, body) {
  const { response, answer } = await exchange(method, path, body).catch(() => {
    throw new Error(unreachable);
  });
  if (!response.ok) throw new Error(answer.message ?? answer.error ?? `The sandbox answered HTTP ${response.status}.`);
  await caughtUp(Number(response.headers.get('x-sandbox-change')));
  return /** @type {Value} */ (answer);
}

/** @param {string} method @param {string} path @param {unknown} body */
async function exchange(method, path, body) {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`/sandbox/api${path}`, { method, headers, ...content });
  // A sandbox that ends meanwhile cuts its answer short.
  return { response, answer: /** @type {{ message?: string, error?: string }} */ (await response.json()) };
}

/** What an error says to people. @param {unknown} error */
export function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}
