import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../support/folders.ts';
import vitestConfig from '../../../../vitest.config.ts';

interface Job {
  if?: string;
  'timeout-minutes'?: number;
  needs?: string[];
  permissions?: Record<string, string>;
  /** A workflow that the job is. */
  uses?: string;
  env?: Record<string, string>;
  strategy?: { matrix: Record<string, string[]> };
  steps?: { uses?: string; run?: string; 'working-directory'?: string }[];
}

interface Workflow {
  permissions: unknown;
  jobs: Record<string, Job>;
}

const folder = join(projectRoot, '.github', 'workflows');
const read = (file: string) => parse(readFileSync(join(folder, file), 'utf8')) as Workflow;
const workflow = read('ci.yml');
const jobs = Object.entries(workflow.jobs);
const commandsOf = (names: string[]) =>
  names.flatMap((name) => workflow.jobs[name]?.steps ?? []).flatMap((step) => step.run ?? []);

/** What a job may do besides reading the repository. */
const mayWrite: Record<string, string[]> = {
  'codeql.yml analyze': ['security-events'],
  'release.yml image': ['packages'],
  'release.yml npm': ['id-token'],
  'release.yml release': ['contents'],
};

/** An action of one commit, a workflow of this repository, or CodeQL, whose tag moves with its queries. */
const trusted = /@[0-9a-f]{40}$|^\.\/\.github\/|^github\/codeql-action\/\w+@v4$/;

/** Jobs that may take more than 15 minutes: whatever takes long may take twice as long, where a test is tried again. */
const longer: Readonly<Record<string, number>> = { slow: 45 };

describe.each(readdirSync(folder))('the workflow %s', (file) => {
  const { permissions, jobs: own } = read(file);

  test('needs no more than it gets: reading, bounded time, actions pinned by SHA', () => {
    expect(permissions).toEqual({ contents: 'read' });
    const ownJobs = Object.entries(own);
    const unbounded = ownJobs.filter(
      ([name, job]) => job.uses === undefined && (job['timeout-minutes'] ?? 60) > (longer[name] ?? 15),
    );
    expect(unbounded).toEqual([]);
    for (const [name, job] of ownJobs) {
      const writes = Object.entries(job.permissions ?? {}).filter(([, access]) => access === 'write');
      expect(
        writes.map(([what]) => what),
        name,
      ).toEqual(mayWrite[`${file} ${name}`] ?? []);
      const uses = [job.uses ?? [], (job.steps ?? []).map((step) => step.uses ?? [])].flat(2);
      expect(uses.filter((action) => !trusted.test(action))).toEqual([]);
    }
  });
});

describe('the workflow', () => {
  test.each(readdirSync(folder))('%s runs only npm scripts that there are', (file) => {
    const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { scripts: object };
    const commands = Object.values(read(file).jobs).flatMap(({ steps = [] }) =>
      steps.flatMap((step) => step.run ?? []),
    );
    const named = commands.flatMap((command) => /^npm (?:run )?(test|(?<=run )\S+)/.exec(command)?.[1] ?? []);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('has one gate for all jobs', () => {
    const { gate } = workflow.jobs;
    expect(gate?.needs?.toSorted()).toEqual(
      jobs
        .map(([name]) => name)
        .filter((name) => name !== 'gate')
        .toSorted(),
    );
    // Nothing is left of `successsuccess…`, and something of any other result.
    expect(gate?.env).toEqual({ RESULTS: "${{ join(needs.*.result, '') }}" });
    expect(gate?.steps).toEqual([{ run: 'test -z "${RESULTS//success/}"' }]);
    // Else it is skipped when a job fails, which counts as passed.
    expect(gate?.if).toBe('always()');
  });

  test('runs in lint, test and replay what .ci/run proves, and each kind of slow tests', () => {
    const proved = readFileSync(join(projectRoot, '.ci', 'run'), 'utf8');
    const commands = commandsOf(['lint', 'test', 'replay']);
    expect(commands.length).toBeGreaterThan(6);
    for (const command of commands) expect(proved).toContain(`step ${command}\n`);

    expect(proved).toContain('\nstep npm run test:slow ');
    const kinds = vitestConfig.test?.projects?.map((project) => (project as { test: { name: string } }).test.name);
    expect(['quick', ...(workflow.jobs['slow']?.strategy?.matrix['kind'] ?? [])]).toEqual(kinds);
    expect(commandsOf(['slow']).at(-1)).toMatch(/^npx vitest run --project \$\{\{ matrix\.kind \}\} /);
  });
});
