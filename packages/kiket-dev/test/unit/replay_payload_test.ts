import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readPayload } from '../../src/replay/scenario.ts';

function payloadPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardian-payload-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'payload.json');
}

test.each([
  ['{"event": "issue.created",}', '1:27'],
  ['', '1:1'],
  ["{\n\n'event': 1}", '3:1'],
])('a payload that is %j is named with file and line', (text, place) => {
  const path = payloadPath();
  writeFileSync(path, text);
  expect(() => readPayload(path)).toThrow(`payload.json:${place} This is not JSON`);
});

test.each<[string, (path: string) => void, string]>([
  ['not there', () => {}, 'is missing'],
  ['a folder', (path) => mkdirSync(path), 'is a folder'],
  ['a link that leads nowhere', (path) => symlinkSync('gone', path), "is a link to a file that doesn't exist"],
  ['UTF-16', (path) => writeFileSync(path, '\ufeff{}', 'utf16le'), "isn't UTF-8 text"],
])('a payload that is %s is named', (_what, make, problem) => {
  const path = payloadPath();
  make(path);
  expect(() => readPayload(path)).toThrow(`payload.json ${problem}`);
});
