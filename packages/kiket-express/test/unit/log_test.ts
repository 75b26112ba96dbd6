import { inspect } from 'node:util';
import type { Logger } from 'pino';
import { describe, expect, test } from 'vitest';
import { createLog, deliveryLog, errorSerializer } from '../../src/telemetry/log.ts';

const one = { omitted: undefined };

/** A log, and the lines that it wrote. */
function openLog(secretValues: readonly string[] = [], level = 'debug') {
  const lines: string[] = [];
  const log = createLog(
    { level, secretValues, extension: 'com.acme.gate' },
    { write: (line) => void lines.push(line) },
  );
  return { log, lines };
}

function fail(): never {
  throw new Error('unreadable');
}

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
];

describe('a log line', () => {
  test('is one JSON object with a level by name, a time and the extension, and nothing about the machine', () => {
    const { log, lines } = openLog();
    log.info({ outcome: 'allow' }, 'delivery');
    log.warn('two\nlines');
    const each = { time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string, extension: 'com.acme.gate' };
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { ...each, level: 'info', outcome: 'allow', msg: 'delivery' },
      { ...each, level: 'warn', msg: 'two\nlines' },
    ]);
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
  });

  test('is written from the level on', () => {
    const { log, lines } = openLog([], 'warn');
    log.info('below');
    log.warn('at');
    log.error('above');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['at', 'above']);
  });

  test.each<[string, object]>([
    ['a getter that throws', { delivery: Object.defineProperty({}, 'token', { enumerable: true, get: fail }) }],
    ['a proxy that throws', { delivery: new Proxy({}, { ownKeys: fail }) }],
  ])('with %s is written without it, and stops nobody', (_what, unreadable) => {
    const { log, lines } = openLog();
    log.info(unreadable, 'approved');
    log.info(unreadable);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ msg: 'approved' }, { msg: 'failed' }]);
  });

  test.each(secretPaths)('never shows what is called %s, by itself, inside something or in every line', (name) => {
    const { log, lines } = openLog();
    log.info({ [name]: 'hunter2' });
    log.info({ [name]: { any: ['hunter2'] } });
    log.info({ delivery: { [name]: 'hunter2', id: 'evt_1' } });
    log.child({ [name]: 'hunter2' }).info('child');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { [name]: '[redacted]' },
      { [name]: '[redacted]' },
      { delivery: { [name]: '[redacted]', id: 'evt_1' } },
      { [name]: '[redacted]', msg: 'child' },
    ]);
    expect(lines.join('')).not.toContain('hunter2');
  });
});

describe('a logged error', () => {
  const secrets = ['whsec-one', 'rt_token'];

  test('shows no secret in what it says, what caused it or where it comes from', () => {
    const { log, lines } = openLog(secrets);
    const root = new Error('401 for rt_token');
    const error = new Error('whsec-one and whsec-one', { cause: new Error('with rt_token', { cause: root }) });
    log.error({ err: error }, 'failed');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      err: { message: '[redacted] and [redacted]: with [redacted]: 401 for [redacted]' },
      msg: 'failed',
    });
    expect(lines[0]).not.toContain('whsec-one');
    expect(lines[0]).not.toContain('rt_token');
  });

  // Without a message of the line's own, pino takes the error's.
  test('shows no secret if the line says nothing else', () => {
    const { log, lines } = openLog(secrets);
    log.error({ err: new Error('401 for rt_token') });
    log.error(new Error('401 for rt_token'));
    expect(lines.join('')).not.toContain('rt_token');
  });

  test.each<[string, string[], Partial<Error>, object]>([
    [
      'no secret that is only in its stack',
      secrets,
      { message: 'broken', stack: 'Error: broken\n    at whsec-one (/srv/rt_token.js:1:1)' },
      { message: 'broken', stack: 'Error: broken\n    at [redacted] (/srv/[redacted].js:1:1)' },
    ],
    [
      'nothing else that hangs on it',
      [],
      { message: 'broken', request: 'Bearer xyz' } as object,
      { message: 'broken' },
    ],
    ['no secret of four letters', ['abcd'], { message: 'abcd' }, { message: '[redacted]' }],
    ['fewer letters, which may stand anywhere', ['abc'], { message: 'abc' }, { message: 'abc' }],
    ['itself, where a secret is empty', [''], { message: '' }, { message: '' }],
    ['no secret that looks like a pattern', ['a.c*$1'], { message: '$& a.c*$1' }, { message: '$& [redacted]' }],
    // While a secret rotates, the new one may well begin with the old one.
    [
      'no part of a secret that begins with another',
      ['a secret', 'a secret+'],
      { message: 'a secret+' },
      { message: '[redacted]' },
    ],
    [
      'no part of a secret that ends with a full stop, before its cause',
      ['a secret.'],
      { message: 'not a secret.', cause: { message: 'broken' } },
      { message: 'not [redacted]: broken', stack: '\ncaused by: ' },
    ],
  ])('shows %s', (_what, values, differences, shown) => {
    const error = Object.assign(new Error(differences.message), { stack: '' }, differences);
    expect(errorSerializer(values)(error)).toEqual({ type: 'Error', stack: '', ...shown });
  });

  const twoLines = `key one ${'-'.repeat(80)}\nkey one and two`;
  test.each([
    ['quoted in JSON', 'key "one"\nkey two', JSON.stringify({ was: 'key "one"\nkey two' })],
    ['part of an address', 'key/one+two', `https://kiket.dev/?was=${encodeURIComponent('key/one+two')}`],
    ['part of a form', 'key/one two', String(new URLSearchParams({ was: 'key/one two' }))],
    ['shown line by line', twoLines, inspect({ was: twoLines })],
    ['shown with other quotes', 'key `one` \'and\' "two"', inspect({ was: 'key `one` \'and\' "two"' })],
    ['no proper Unicode', 'key\ud800one', 'key\ud800one'],
  ])('shows no secret that is %s', (_how, secret, message) => {
    const error = Object.assign(new Error(message), { stack: '' });
    const logged = errorSerializer([secret])(error) as { message: string };
    expect(logged.message).toContain('[redacted]');
    expect(logged.message).not.toMatch(/one/);
  });

  // V8 quotes up to ten characters on either side of the mistake.
  test.each([
    'rt_token-that-is-long',
    '{"token":rt_token-that-is-long}',
    `["${'-'.repeat(30)}",rt_token-that-is-long]`,
  ])('shows no part of a secret in what is not JSON: %s', (text) => {
    const { log, lines } = openLog(['rt_token-that-is-long']);
    try {
      JSON.parse(text);
    } catch (error) {
      log.error({ err: new Error('no JSON', { cause: error }) }, 'failed');
    }
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ err: { message: 'no JSON: This is not valid JSON' } });
    expect(lines[0]).not.toContain('rt_token');
  });

  // JavaScript throws anything: whatever it is, writing it down must not throw again.
  const unreadable = Object.defineProperty(new Error('x'), 'message', {
    get: () => {
      throw new Error('whsec-one');
    },
  });
  test.each([
    ['text', 'whsec-one was refused'],
    ['null', null],
    ['a number', 404],
    ['an object', { code: 404 }],
    ['an error that throws', unreadable],
  ])('may be anything: %s', (_what, thrown) => {
    const { log, lines } = openLog(secrets);
    log.error({ err: thrown }, 'failed');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', msg: 'failed' });
    expect(lines[0]).not.toContain('whsec-one');
  });
});

test.each<[string, (log: Logger) => void]>([
  ['deep in an object', (log) => log.info({ input: [{ delivery: { auth: { any: 'rt_token-1' } } }] }, 'seen')],
  ['in its message', (log) => log.info('with %s', 'rt_token-1')],
  ['in an error under another name', (log) => log.info({ error: Object.assign(new Error(''), { was: 'rt_token-1' }) })],
  ['in a JSON string', (log) => log.info({ text: JSON.stringify({ key: 'key "one"' }) })],
  ["next to the parser's words", (log) => log.info({ one: 'Unexpected token rt_token-1', is: '" is not valid JSON' })],
  ['in a child', (log) => log.child({ a: { b: { c: 'whsec-one' } } }).info('seen')],
])("a handler's line shows no secret %s", (_where, write) => {
  const { log, lines } = openLog();
  const delivery = { id: 'evt_1', event: 'issue.created', secrets: { KEY: 'key "one"' } };
  const auth = { runtimeToken: 'rt_token-1' };
  write(deliveryLog({ log, secretValues: ['whsec-one', '1234567890'], delivery: { ...delivery, auth } as never }, one));
  expect(JSON.parse(lines.join(''))).toMatchObject({ deliveryId: 'evt_1', event: 'issue.created' });
  expect(lines.join('')).toContain('[redacted]');
  expect(lines.join('')).not.toMatch(/rt_token-1|whsec-one|key .{0,4}one/);
});
