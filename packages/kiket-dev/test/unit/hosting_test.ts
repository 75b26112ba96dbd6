import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { findEgressProblem, findNamedHosts } from '../../src/hosting/egress.ts';
import { ManifestError, readHosting, writeHosting } from '../../src/hosting/manifest.ts';
import { loadManifest, parseManifest } from 'kiket-express/manifest';
import { projectRoot } from '../support/folders.ts';

const shipped = readFileSync(join(projectRoot, '.kiket', 'manifest.yaml'), 'utf8');
const managed = { tier: 'standard', egress: ['api.example.com', 'db.example.com'] };
const small = "extension:\n  id: a.b # the id\n  sdk: node\n\n  name: 'A'\n";

describe('the manifest, rewritten for managed hosting', () => {
  test('says so under extension:, and loads as before', () => {
    const written = writeHosting(shipped, managed);
    const { extension } = parse(written) as { extension: Record<string, unknown> };
    expect(extension['hosting']).toEqual(managed);
    expect(extension).toMatchObject({ sdk: 'node', callback: { url: '${EXTENSION_BASE_URL}' } });
    const { id, hooks } = parseManifest(written, 'manifest.yaml');
    const before = loadManifest(projectRoot);
    expect([id, hooks.map(({ name }) => name)]).toEqual([before.id, before.hooks.map(({ name }) => name)]);
  });

  test('gets four lines and nothing else, comments, order and quotes included', () => {
    const lines = ['hosting:', '  tier: standard', '  egress:', '    - api.example.com'].map((line) => `  ${line}\n`);
    const written = writeHosting(small, { tier: 'standard', egress: ['api.example.com'] });
    expect(written).toBe(small.replace('  sdk: node\n', `  sdk: node\n${lines.join('')}`));
  });

  test.each([
    ['as it is shipped', shipped],
    ['with CRLF', shipped.replaceAll('\n', '\r\n')],
    ['indented by four', small.replaceAll('  ', '    ')],
  ])('has the same bytes there and back, %s', (_what, text) => {
    const there = writeHosting(text, managed);
    expect(readHosting(there)).toEqual(managed);
    expect(there.includes('\r\n')).toBe(text.includes('\r\n'));
    expect(writeHosting(there, undefined)).toBe(text);
    expect(writeHosting(writeHosting(there, { tier: 'minimal', egress: [] }), managed)).toBe(there);
  });

  test.each([
    [
      'as Kiket shows it, without a parent',
      `${small}hosting:\n  tier: memory\n\n  # Slack\n  egress:\n    - api.slack.com\n`,
    ],
    ['on one line', small.replace('sdk: node\n', 'sdk: node\n  hosting: { tier: memory, egress: [api.slack.com] }\n')],
  ])('finds it %s', (_what, text) => {
    expect(readHosting(text)).toEqual({ tier: 'memory', egress: ['api.slack.com'] });
    expect(writeHosting(text, undefined)).toBe(small);
    expect(readHosting(writeHosting(text, managed))).toEqual(managed);
  });

  test('gets its line end where the file has none', () => {
    expect(readHosting(writeHosting('extension:\n  sdk: node', managed))).toEqual(managed);
  });

  test('takes the place of internal', () => {
    const internal = small.replace('sdk: node\n', 'sdk: node\n  hosting: internal\n');
    expect(readHosting(internal)).toBeUndefined();
    expect(writeHosting(internal, managed)).toBe(writeHosting(small, managed));
  });

  test.each([
    ['another sdk', small.replace('sdk: node', 'sdk: ruby'), 'Add sdk: node'],
    ['no sdk', small.replace('  sdk: node\n', ''), 'Add sdk: node'],
    ['no extension', 'model_version: "1.0"\n', 'has no extension:'],
    ['no YAML', 'extension: [', 'valid YAML'],
    ['one line for all', 'extension: { id: a.b, sdk: node }\n', 'one key per line'],
    [
      'a comment that ends the block early',
      `${small}hosting:\n  tier: memory\n# Slack\n  egress: []\n`,
      'one key per line',
    ],
  ])('is left alone with %s', (_what, text, why) => {
    expect(() => writeHosting(text, managed)).toThrow(ManifestError);
    expect(() => writeHosting(text, managed)).toThrow(why);
  });
});

describe('a host of egress', () => {
  test.each(['api.example.com', 'xn--bcher-kva.example', 'API.example.com'])('may be %s', (host) => {
    expect(findEgressProblem(host)).toBeUndefined();
  });

  test.each([
    ['https://api.example.com', 'Write --egress api.example.com.'],
    ['api.example.com:443', 'Write --egress api.example.com.'],
    ['postgres://user:secret@db.example.com:5432/name', 'Write --egress db.example.com.'],
    ['api.example.com/v1', 'Write --egress api.example.com.'],
    ['*.example.com', 'Write a name such as api.example.com.'],
    ['10.0.0.1', 'Write a name such as api.example.com.'],
    ['', 'Write a name such as api.example.com.'],
  ])('may not be %s', (host, hint) => {
    expect(findEgressProblem(host)).toContain(hint);
    expect(findEgressProblem(host)).not.toContain('secret');
  });
});

test('settings and their defaults name hosts; Kiket and this machine count for none', () => {
  const text = shipped.replace(/(checks_url:[^]*?default: )''/, "$1'https://checks.example.com/{issue}'");
  const settings = {
    DATABASE_URL: 'postgres://user:password@DB.example.com:5432/name?sslmode=verify-full',
    KIKET_BASE_URL: 'https://kiket.example.com',
    KIKET_SDK_TELEMETRY_URL: 'https://kiket.example.com/telemetry',
    KIKET_SETTING_REPORTS: 'https://api.kiket.dev/reports',
    KIKET_SETTING_OTHER: 'https://db.example.com/again',
    KIKET_SETTING_LOCAL: 'http://localhost:3000',
    KIKET_SETTING_LOOPBACK: 'http://[::1]:3000',
    KIKET_SETTING_ADDRESS: 'http://10.0.0.1/',
    HOME_PAGE: 'https://example.com',
  };
  expect(findNamedHosts(settings, text)).toEqual([
    { host: 'checks.example.com', setting: 'KIKET_SETTING_CHECKS_URL' },
    { host: 'db.example.com', setting: 'DATABASE_URL' },
    { host: '10.0.0.1', setting: 'KIKET_SETTING_ADDRESS' },
  ]);
  expect(findNamedHosts({ KIKET_SETTING_CHECKS_URL: '' }, text)).toEqual([]);
});
