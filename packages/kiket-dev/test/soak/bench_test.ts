import { describe, expect, test } from 'vitest';
import type { Report } from '../../../kiket-express/bench/index.ts';
import { readBlock } from '../support/markdown.ts';
import { isFull } from '../../../kiket-express/test/support/fullTests.ts';
import { run } from '../support/processes.ts';

const [whole = '', forMachines = ''] = readBlock('packages/kiket-express/docs/bench.md', 'the bench').split('\n');

/** Runs the bench as the page says, as briefly as it can. */
const quickly = (command: string, ...options: string[]) =>
  run('sh', ['-c', [command, ...(command.includes(' -- ') ? [] : ['--']), '--quick', ...options].join(' ')], {
    ownGroup: true,
  });

/** As the page says, and without what npm prints. */
const readReport = async (command: string): Promise<Report> => {
  const { stdout } = await quickly(command.replace('npm run', 'npm run --silent'));
  return JSON.parse(stdout) as Report;
};

describe('npm run bench', () => {
  test.runIf(isFull)('installs the other receivers, which all answer with 200', async () => {
    const { compare } = await readReport(forMachines);
    expect(compare).toHaveLength(6);
    expect(compare[0]).toMatchObject({ ratios: { 5: 1, 50: 1 }, p99s: { 5: 1, 50: 1 } });
    for (const { ratios } of compare) expect(ratios[5]).toBeGreaterThan(0);
  });

  test.each([
    ['--peers nonsense', /knows floor, .*not nonsense/],
    ['--round 2', /--round/],
  ])('refuses %s', async (options, reason) => {
    const { code, stderr } = await quickly(whole, options);
    expect([code, stderr]).toEqual([2, expect.stringMatching(reason)]);
  });
});
