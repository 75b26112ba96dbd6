import type { Request, RequestHandler } from 'express';
import { DeliveryError } from './errors.ts';

/** Bodies of up to this many bytes are always read: even on every connection at once they fit into memory. */
const smallBodyBytes = 64 * 1024;

/** How many larger bodies may be in memory at once. Deliveries have a few kilobytes. */
const maxLargeBodies = 64;

/** Keeps large bodies, and those that do not say how large they are, from filling the memory. Others pass. */
export function limitLargeBodies(): RequestHandler {
  return limitConcurrent(maxLargeBodies, (request) => {
    const length = request.get('content-length');
    return length === undefined ? request.get('transfer-encoding') !== undefined : Number(length) > smallBodyBytes;
  });
}

/** Turns away what would be more than `max` requests at once, of those that `counts` says yes to. */
export function limitConcurrent(max: number, counts: (request: Request) => boolean = () => true): RequestHandler {
  let inHand = 0;
  return (request, response, next) => {
    if (!counts(request)) return next();
    if (inHand >= max) throw new DeliveryError('overloaded');
    inHand += 1;
    response.once('close', () => {
      inHand -= 1;
    });
    next();
  };
}

/**
 * Keeps a flood of deliveries that nobody could verify from filling the log. Returns whether to write a line now, with
 * the number of lines that were left out before it; all of them are in the metrics.
 */
export function limitLines(perSecond: number): (now: Date) => { omitted: number | undefined } | undefined {
  let second = 0;
  let written = 0;
  let omitted = 0;
  return (now) => {
    const thisSecond = Math.floor(now.getTime() / 1000);
    if (thisSecond !== second) [second, written] = [thisSecond, 0];
    if (written >= perSecond) {
      omitted += 1;
      return undefined;
    }
    written += 1;
    const line = { omitted: omitted === 0 ? undefined : omitted };
    omitted = 0;
    return line;
  };
}
