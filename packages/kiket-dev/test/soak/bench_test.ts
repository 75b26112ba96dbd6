import { describe, expect, test } from 'vitest';
import type { Report } from '../../../kiket-express/bench/index.ts';
import { readBlock } from '../support/markdown.ts';
import { isFull } from '../../../kiket-express/test/support/fullTests.ts';
import { run } from '../support/processes.ts';

const [whole = '', forMachines = '', soak = ''] = readBlock('packages/kiket-express/docs/bench.md', 'the bench').split(
  '\n',
);

/** Runs the bench as the page says, as briefly as it can. */
const quickly = (command: string, ...options: string[]) =>
  run('sh', ['-c', [command, ...(command.includes(' -- ') ? [] : ['--']), '--quick', ...options].join(' ')], {
    ownGroup: true,
  });

/** As the page says, and without what npm prints. */
const readReport = async (command: string, ...options: string[]): Promise<Report> => {
  const { stdout } = await quickly(command.replace('npm run', 'npm run --silent'), ...options);
  return JSON.parse(stdout) as Report;
};

describe('npm run bench', () => {
  test.runIf(isFull)('installs the other receivers, which all answer with 200', async () => {
    const { compare = [] } = await readReport(forMachines, '--only compare');
    expect(compare).toHaveLength(9);
    expect(compare[0]).toMatchObject({ ratios: { 5: 1, 50: 1 }, p99s: { 5: 1, 50: 1 } });
    for (const { ratios } of compare) expect(ratios[5]).toBeGreaterThan(0);
  });

  test.runIf(isFull)('looks at the memory of a soak, in which nothing fails', async () => {
    const { soak: points = [] } = await readReport(soak, '--json');
    expect(points.map(({ deliveries, failed }) => [deliveries, failed])).toEqual(
      [50, 250, 500, 50, 250, 500].map((deliveries) => [deliveries, 0]),
    );
    for (const { residentMiB, heapMiB } of points) expect(residentMiB).toBeGreaterThan(heapMiB);
  });

  test.each([
    ['--only nonsense', /knows compare, .*not nonsense/],
    ['--round 2', /--round/],
  ])('refuses %s', async (options, reason) => {
    const { code, stderr } = await quickly(whole, options);
    expect([code, stderr]).toEqual([2, expect.stringMatching(reason)]);
  });
});
