/** @import { Change } from './types.d.ts' */

/**
 * Asks the sandbox. Rejects with what it says is wrong.
 *
 * @template Value
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<Value>}
 */
export async function ask(method, path, body) {
  const { status, isDone, answer } = await exchange(method, path, body).catch(() => {
    throw new Error('The sandbox does not answer. Start it again: npm run sandbox');
  });
  if (isDone) return /** @type {Value} */ (answer);
  throw new Error(messageOf(answer) ?? `The sandbox answered HTTP ${status}.`);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 */
async function exchange(method, path, body) {
  const response = await fetch(`/sandbox/api${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // A sandbox that ends meanwhile cuts its answer short.
  const answer = /** @type {unknown} */ (await response.json());
  return { status: response.status, isDone: response.ok, answer };
}

/** @param {unknown} answer */
function messageOf(answer) {
  const { message, error } = /** @type {{ message?: string, error?: string }} */ (answer);
  return message ?? error;
}

/**
 * What an error says to people.
 *
 * @param {unknown} error
 */
export function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** How long to wait before the stream is opened again, in milliseconds, if the browser has given up. */
const againMs = 500;

/**
 * Listens to what changes, for as long as the page is seen. Browsers open six connections to a server for all of its
 * pages together, so those that are behind others leave theirs to them.
 *
 * @param {{ onChange: (change: Change) => void, onLive: (isLive: boolean) => void }} listeners `onLive` is told when the
 *   stream begins, and when it breaks off
 */
export function listen({ onChange, onLive }) {
  /** @type {EventSource | undefined} */
  let source;

  function open() {
    source?.close();
    if (document.hidden) return;
    const opened = new EventSource('/sandbox/api/events');
    opened.addEventListener('open', () => onLive(true));
    opened.addEventListener('message', ({ data }) => onChange(/** @type {Change} */ (JSON.parse(String(data)))));
    opened.addEventListener('error', () => {
      onLive(false);
      if (opened.readyState === EventSource.CLOSED) setTimeout(open, againMs);
    });
    source = opened;
  }

  document.addEventListener('visibilitychange', open);
  open();
}
