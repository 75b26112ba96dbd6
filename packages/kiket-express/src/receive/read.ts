import type { IncomingMessage } from 'node:http';
import { kiketTimeoutMs } from '../deadline.ts';
import { DeliveryError, type ProblemCode } from '../errors.ts';
import { header } from '../request.ts';

/** The largest body accepted, in bytes. Kiket sends at most 500 KB. */
export const bodyLimitBytes = 512 * 1024;

/** Initial buffer for a body of unknown length, in bytes. It grows as needed. */
const initialBytes = 8 * 1024;
/** Bodies up to this size in bytes are always read. They fit into memory even on all connections at once. */
const smallBodyBytes = 64 * 1024;

/** Throws a {@link DeliveryError} unless it's a POST of JSON in UTF-8. */
export function requireJsonPost(request: IncomingMessage): void {
  if (request.method !== 'POST') throw new DeliveryError('method_not_allowed', { headers: { Allow: 'POST' } });
  const type = header(request, 'content-type') ?? '';
  const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]+)/i.exec(type) ?? [];
  const isJson = /^application\/json\s*(?:;|$)/i.test(type) && /^utf-?8$/i.test(charset);
  if (!isJson) throw new DeliveryError('content_type_unsupported');
}

/** Whether a body is large, or of unknown size. */
export function mayBeLarge(request: IncomingMessage): boolean {
  const { 'content-length': declared, 'transfer-encoding': encoding } = request.headers;
  return declared === undefined ? encoding !== undefined : !(Number(declared) <= smallBodyBytes);
}

/**
 * Reads a body into one buffer, at once if it has already arrived, which saves 4 µs. Throws a {@link DeliveryError}
 * `content_encoding_unsupported`, `body_too_large`, or `body_incomplete` after 10 seconds or once something else has
 * `answered`, because Node may never close such a request.
 */
export function readBody(request: IncomingMessage, answered?: Promise<unknown>): Buffer | Promise<Buffer> {
  const { 'content-encoding': encoding = 'identity', 'content-length': given } = request.headers;
  const declared = Number(given);
  if (encoding.toLowerCase() !== 'identity') throw new DeliveryError('content_encoding_unsupported');
  // Someone else, such as `express.json()`, has read it or decodes it.
  const { destroyed, readableEnded, readableEncoding } = request;
  if (destroyed || readableEnded || readableEncoding !== null) throw new DeliveryError('body_incomplete');
  if (declared > bodyLimitBytes) throw new DeliveryError('body_too_large');
  const here = declared >= 0 ? (request.read() as Buffer | null) : null;
  if (here?.length === declared) return here;
  let buffer = Buffer.allocUnsafe(declared >= 0 ? declared : initialBytes);
  let length = 0;
  return new Promise((resolve, reject) => {
    const refuse = (code: ProblemCode) => {
      // The rest is read and discarded, so that the sender gets the answer.
      request.off('data', take).resume();
      reject(new DeliveryError(code));
    };
    const take = (piece: Buffer) => {
      const needed = length + piece.length;
      if (needed > bodyLimitBytes) return refuse('body_too_large');
      if (needed > buffer.length) {
        const room = Math.min(Math.max(needed, 2 * buffer.length), bodyLimitBytes);
        buffer = Buffer.concat([buffer], room);
      }
      piece.copy(buffer, length);
      length = needed;
    };
    if (here !== null) take(here);
    // Not `request.complete`: unread bytes may have arrived, and this promise must settle.
    const stop = () => request.readableEnded || refuse('body_incomplete');
    const limit = setTimeout(stop, kiketTimeoutMs).unref();
    request.on('data', take).once('error', stop).once('close', stop).resume();
    request.once('end', () => resolve(buffer.subarray(0, length))).once('close', () => clearTimeout(limit));
    void answered?.then(stop);
  });
}
