import { hash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { fixtureFolder, temporaryFolder } from '../support/folders.ts';
import { run } from '../support/processes.ts';

describe('what V8 made of the build', () => {
  let folder = '';
  let cache = '';
  beforeEach(() => {
    folder = temporaryFolder();
    cache = join(folder, 'dist', 'server.cache');
    for (const path of ['dist', '.kiket', 'package.json']) {
      cpSync(join(fixtureFolder, path), join(folder, path), { recursive: true, preserveTimestamps: true });
    }
    symlinkSync(join(import.meta.dirname, '../../../../node_modules'), join(folder, 'node_modules'));
  });

  /** Starts it with a wrong setting, so that it says so and ends. */
  const refuse = async (nodeOptions: string[] = []) => {
    const options = { cwd: folder, env: { PORT: 'http', DATABASE_URL: 'file::memory:' } };
    const { code, stderr } = await run(process.execPath, [...nodeOptions, 'dist/index.js'], options);
    return [code, stderr];
  };
  const refusal = (why: string) => [1, `The extension can't start:\n  - PORT=http ${why}.\n`];
  const [asBuilt, asChanged] = ['must be a port number', 'will be a port number'];

  /** Other words, of the same length: V8 would not notice. */
  const changeBundle = () => {
    const bundle = join(folder, 'dist', 'server.cjs');
    writeFileSync(bundle, readFileSync(bundle, 'utf8').replaceAll(asBuilt, asChanged));
  };
  /** As if the cache were of these words. */
  const claimCache = () => {
    const sum = hash('sha256', readFileSync(join(folder, 'dist', 'server.cjs')));
    writeFileSync(cache, Buffer.concat([Buffer.from(sum), readFileSync(cache).subarray(sum.length)]));
  };

  test('is what runs', async () => {
    changeBundle();
    claimCache();
    expect(await refuse()).toEqual(refusal(asBuilt));
  });

  test('counts no more when the build has changed, whatever its time', async () => {
    changeBundle();
    utimesSync(join(folder, 'dist', 'server.cjs'), 0, 0);
    expect(await refuse()).toEqual(refusal(asChanged));
  });

  test('does nothing where stacks are mapped to the sources', async () => {
    changeBundle();
    claimCache();
    expect(await refuse(['--enable-source-maps'])).toEqual(refusal(asChanged));
  });

  test.each(['', 'nonsense'])('does no harm when it is broken: %j', async (content) => {
    writeFileSync(cache, content);
    expect(await refuse()).toEqual(refusal(asBuilt));
  });

  test('is not needed', async () => {
    rmSync(cache);
    expect(await refuse()).toEqual(refusal(asBuilt));
  });

  test('does without the manifest that was there when it was built, if that is another one now', async () => {
    const manifest = join(folder, '.kiket', 'manifest.yaml');
    writeFileSync(manifest, `${readFileSync(manifest, 'utf8')}\n  hooks: twice\n`);
    const [, message] = await refuse();
    expect(message).toContain('.kiket/manifest.yaml:');
  });
});
