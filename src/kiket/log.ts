import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

/** What is never written, wherever a handler may put it. */
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
 * One JSON object a line. Redacts the usual names of secrets, and every value in `secretValues` wherever an error quotes
 * it.
 */
export function createLog(
  { level, secretValues }: { level: string; secretValues: readonly string[] },
  destination?: DestinationStream,
): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[redacted]' },
    serializers: { err: errorSerializer(secretValues) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Writes an error with its causes, without secrets. */
export function errorSerializer(secretValues: readonly string[]): (error: Error) => unknown {
  const secrets = secretValues.filter((value) => value.length >= 4);
  const scrub = (text: string) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text);
  return (error) => {
    const { type, message, stack } = stdSerializers.err(error);
    return { type, message: scrub(message), stack: scrub(stack) };
  };
}
