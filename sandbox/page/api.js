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
  const response = await fetch(`/sandbox/api${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Error('The sandbox does not answer. Start it again: npm run sandbox');
  });
  const answer = /** @type {unknown} */ (await response.json());
  if (response.ok) return /** @type {Value} */ (answer);
  throw new Error(messageOf(answer) ?? `The sandbox answered HTTP ${response.status}.`);
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
 * Listens to what changes, for as long as the page is open.
 *
 * @param {{ onChange: (change: Change) => void, onLive: (isLive: boolean) => void }} listeners `onLive` is told when the
 *   stream begins, and when it breaks off
 */
export function listen({ onChange, onLive }) {
  const source = new EventSource('/sandbox/api/events');
  source.addEventListener('open', () => onLive(true));
  source.addEventListener('message', ({ data }) => onChange(/** @type {Change} */ (JSON.parse(String(data)))));
  source.addEventListener('error', () => {
    onLive(false);
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(() => listen({ onChange, onLive }), againMs);
  });
}
