import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { templateNames } from '../../src/init/answers.ts';
import { packageNames } from '../../src/release/stage.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { run } from '../support/processes.ts';

interface Job {
  needs?: string | string[];
  uses?: string;
  steps?: { run?: string }[];
}

const read = (...path: string[]) => readFileSync(join(projectRoot, ...path), 'utf8');
const { jobs } = parse(read('.github', 'workflows', 'release.yml')) as { jobs: Record<string, Job> };
const { version } = JSON.parse(read('package.json')) as { version: string };

/** The command of a job in which there is this text. */
function commandWith(text: string): string {
  const steps = Object.values(jobs).flatMap(({ steps: own = [] }) => own);
  return steps.find((step) => step.run?.includes(text))?.run ?? 'false';
}

describe('a release', () => {
  test('waits until everything has passed, and an image waits for the release', () => {
    const needs = Object.entries(jobs).map(([name, job]) => [name, [job.needs ?? []].flat()]);
    expect(Object.fromEntries(needs)).toEqual({
      ci: [],
      version: [],
      release: ['ci', 'version'],
      npm: ['release'],
      image: ['release'],
    });
    expect(jobs['ci']?.uses).toBe('./.github/workflows/ci.yml');
  });

  test.each(packageNames)('has %s in the version of all, with a section of its changelog', (name) => {
    const described = JSON.parse(read('packages', name, 'package.json')) as { version: string; repository: object };
    const [, newest] = /^## (\S+)/m.exec(read('packages', name, 'CHANGELOG.md')) ?? [];
    expect([described.version, newest]).toEqual([version, version]);
    // npm compares it with the repository that publishes.
    expect(described.repository).toEqual({
      type: 'git',
      url: `git+https://github.com/${templateNames.repository}.git`,
      directory: `packages/${name}`,
    });
  });

  test('starts from a tag that is the version', async () => {
    const check = (tag: string) => run('bash', ['-c', commandWith('.version')], { env: { GITHUB_REF_NAME: tag } });
    expect((await check(`v${version}`)).code).toBe(0);
    expect((await check(`v${version}0`)).code).toBe(1);
  });

  test.each(['1.1.0', '1.1.0-beta.1'])('of %s takes its notes from the heading that lint asks for', async (name) => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'docs'));
    writeFileSync(
      join(cwd, 'docs', 'CHANGELOG.md'),
      `# Changes\n\n## ${name} - 2026-11-26\n\n- New\n\n## 1.0.0\n\n- Old\n`,
    );
    const command = commandWith('CHANGELOG').replace(/ > .+/, '');
    const { stdout } = await run('bash', ['-c', command], { cwd, env: { GITHUB_REF_NAME: `v${name}` } });
    expect(stdout.trim()).toBe('- New');
  });
});
