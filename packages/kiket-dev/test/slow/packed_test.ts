import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { expect, test } from 'vitest';
import packageJson from '../../../../package.json' with { type: 'json' };
import { templateNames } from '../../src/init/answers.ts';
import { packageNames, stagePackage } from '../../src/release/stage.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { readLinks } from '../support/markdown.ts';
import { run } from '../support/processes.ts';

const repository = `https://github.com/${templateNames.repository}/blob/v${packageJson.version}/`;

test.each(packageNames)(
  '%s is packed as npm, Node and TypeScript want it, without a dead link',
  { timeout: 300_000 },
  async (name) => {
    const folder = temporaryFolder();
    await stagePackage(join(projectRoot, 'packages', name), folder, 'version');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const dead = files
      .filter((path) => path.endsWith('.md'))
      .flatMap((page) => {
        const links = readLinks(readFileSync(join(folder, page), 'utf8')).map(({ target }) =>
          target.replace(/#.*/, ''),
        );
        return links.filter((target) => {
          const isOurs = target.startsWith(repository);
          if (target === '' || (!isOurs && /^https?:/.test(target))) return false;
          return !existsSync(
            isOurs ? join(projectRoot, target.slice(repository.length)) : join(folder, dirname(page), target),
          );
        });
      });
    expect(dead).toEqual([]);
    const { messages } = await publint({ pkgDir: folder, pack: 'npm', strict: true });
    expect(messages).toEqual([]);
    const attw = join(projectRoot, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
    const words = [attw, '--pack', folder, '--profile', 'esm-only', '--format', 'ascii'];
    const { code, stdout, stderr } = await run(process.execPath, words, { cwd: folder });
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  },
);
