import { inspect } from 'node:util';
import { pino, stdSerializers, type DestinationStream, type LogFn, type Logger, type LoggerOptions } from 'pino';
import type { Delivery } from '../delivery.ts';
import type { Line } from './lineLimit.ts';

/** Values that are never written, wherever a handler puts them. */
const secretPaths = [
  'authentication',
  'body',
  'headers',
  'payload',
  'payloadSecrets',
  'runtimeToken',
  'secret',
  'secrets',
  'signature',
  'token',
].flatMap((key) => [key, `*.${key}`]);

/**
 * Writes one JSON object per line, with the extension's id if there is one. Redacts common names of secrets, and every
 * value in `secretValues` that an error quotes.
 */
export function createLog(
  { level, secretValues, extension }: { level: string; secretValues: readonly string[]; extension?: string },
  destination?: DestinationStream,
): Logger {
  const options: LoggerOptions = {
    level,
    base: extension === undefined ? null : { extension },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[redacted]' },
    serializers: { err: errorSerializer(secretValues) },
    hooks: { logMethod: sayFailed },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * Without its own message, a line would repeat the error's, which isn't redacted. What can't be read, such as a getter
 * that throws, is left out: logging never stops a handler.
 */
function sayFailed(this: Logger, [first, ...rest]: Parameters<LogFn>, method: LogFn): void {
  const thrown: unknown = first;
  const line: unknown = thrown instanceof Error ? { err: thrown } : thrown;
  try {
    if (typeof line === 'object' && rest.length === 0) method.call(this, line, 'failed');
    else method.call(this, line, ...rest);
  } catch {
    method.call(this, { unreadable: true }, typeof rest[0] === 'string' ? rest[0] : 'failed');
  }
}

/** Serializes anything thrown, including an error's causes, without secrets. */
export function errorSerializer(secretValues: readonly string[]): (thrown: unknown) => unknown {
  const scrub = scrubber(secretValues);
  return (thrown) => {
    try {
      if (!(thrown instanceof Error)) return { type: typeof thrown, message: scrub(inspect(thrown)) };
      const { type, message, stack } = stdSerializers.err(thrown);
      return { type, message: scrub(message), stack: scrub(stack) };
    } catch {
      return { type: typeof thrown, message: "can't be read" };
    }
  };
}

/** Removes secrets from text. Their spellings are made for the first one. */
function scrubber(secretValues: readonly string[]): (text: string) => string {
  let secrets: readonly string[] | undefined;
  return (text) => {
    // Longest first, so that a secret that starts with another one is removed completely.
    secrets ??= [...new Set(secretValues.filter((value) => value.length >= 4).flatMap(spellings))].toSorted(
      (one, other) => other.length - one.length,
    );
    return secrets.reduce(
      (clean, secret) => clean.replaceAll(secret, '[redacted]'),
      text.replaceAll(quotedByParser, 'This is not valid JSON'),
    );
  };
}

/** `JSON.parse` quotes some characters around a mistake, which may be a part of a secret. */
const quotedByParser = /Unexpected token [^]{1,12}, (?:\.{3})?\\*"[^]{0,150}?\\*"(?:\.{3})? is not valid JSON/g;

/** Short ones and numbers may be part of anything else, even of the line's syntax. */
function isDistinct(text: string): boolean {
  return /[a-z]/i.test(text) && text.length >= 8;
}

/** A secret as it is, in JSON, and as `inspect` shows it, whole or line by line; each quoted in JSON; in a URL and a form. */
function spellings(secret: string): string[] {
  const inUrl = encodeURIComponent(secret.replaceAll(/\p{Surrogate}/gu, ''));
  const inForm = new URLSearchParams({ '': secret }).toString().slice(1);
  const inspected = inspect(secret, { breakLength: Infinity, maxStringLength: Infinity }).slice(1, -1);
  const shown = [secret, quoted(secret), inspected, ...secret.split(/[\r\n]+/).filter(isDistinct)];
  return [...shown, ...shown.map(quoted), inUrl, inForm];
}

function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/**
 * A log for handlers: every line names the delivery, and none quotes its secrets, however deep they are in what a
 * handler logs. Without a line it's silent.
 */
export function deliveryLog(
  { log, secretValues, delivery }: { log: Logger; secretValues: readonly string[]; delivery: Delivery },
  line: Line | undefined,
): Logger {
  if (line === undefined) return log.child({}, { level: 'silent' });
  const { id, event, secrets, auth } = delivery;
  const hidden = [...secretValues, ...Object.values(secrets), auth.runtimeToken];
  const named = log.child({ deliveryId: id, event }, { serializers: { err: errorSerializer(hidden) } });
  const scrub = scrubber(hidden.filter(isDistinct));
  const stream = (log as unknown as Streaming)[pino.symbols.streamSym];
  const scrubbed: Streaming = { [pino.symbols.streamSym]: { write: (text) => stream.write(scrub(text)) } };
  return Object.assign(named, scrubbed);
}

/** A logger has its stream under a symbol, and its children inherit it. */
type Streaming = Record<typeof pino.symbols.streamSym, DestinationStream>;
