import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findChromium } from '../../src/release/chromium.ts';
import { temporaryFolder } from '../support/folders.ts';

function pretendChrome(name: string): { folder: string; path: string } {
  const folder = temporaryFolder();
  const path = join(folder, name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return { folder, path };
}

test('the Chromium that CHROME_PATH names goes first', async () => {
  const [named, installed] = [pretendChrome('mine'), pretendChrome('google-chrome')];
  expect(await findChromium({ CHROME_PATH: named.path, PATH: installed.folder })).toBe(named.path);
});

test('one that is not there is an error, and no other is taken for it', async () => {
  const installed = pretendChrome('chromium');
  await expect(findChromium({ CHROME_PATH: '/nowhere/chrome', PATH: installed.folder })).rejects.toThrow(
    "CHROME_PATH names /nowhere/chrome, which doesn't exist.",
  );
});

test.each(['google-chrome', 'chromium', 'chromium-browser'])('an installed %s is found by its name', async (name) => {
  const installed = pretendChrome(name);
  expect(await findChromium({ PATH: `/nowhere:${installed.folder}` })).toBe(installed.path);
});

test('where none is, the error says how to get one', async () => {
  // A machine for which none is packed.
  vi.stubGlobal('process', Object.create(process, { arch: { value: 'riscv64' } }));
  onTestFinished(() => void vi.unstubAllGlobals());
  await expect(findChromium({ PATH: '/nowhere' })).rejects.toThrow(
    /^No Chromium found\. Install Chrome or Chromium, or set CHROME_PATH/,
  );
});
