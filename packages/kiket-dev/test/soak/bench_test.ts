import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../../kiket-express/bench/report.ts';
import { temporaryFolder } from '../support/folders.ts';
import { readBlock } from '../support/markdown.ts';
import { isFull } from '../support/fullTests.ts';
import { freePort, run } from '../support/processes.ts';

const [whole = '', chosen = '', forMachines = ''] = readBlock(
  'packages/kiket-express/docs/bench.md',
  'the bench',
).split('\n');
const withPeer = readBlock('packages/kiket-express/docs/bench.md', 'another server').trim();

/** Runs the bench as the page says, as briefly as it can. */
const quickly = (command: string, ...options: string[]) =>
  run('sh', ['-c', [command, ...(command.includes(' -- ') ? [] : ['--']), '--quick', ...options].join(' ')], {
    ownGroup: true,
  });

/** Another server: the peer `express`, where somebody else has started it. */
async function otherServer() {
  const port = await freePort();
  const command = withPeer
    .replace('node server.js', `env PORT=${port} node --import tsx packages/kiket-express/bench/receivers/express.ts`)
    .replace(':3000/', `:${port}/`);
  return { command, port };
}

describe('npm run bench', () => {
  test('prints a table for people', async () => {
    const { code, stdout } = await quickly(whole, '--only size');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/figures mean nothing[^]*packages +installed MiB[^]*\d/)]);
  });

  test.runIf(isFull)('measures what is chosen', async () => {
    const { code, stdout } = await quickly(chosen);
    const titles = [...stdout.matchAll(/^([A-Z].*)\n +/gm)].map(([, title]) => title);
    expect([code, titles]).toEqual([
      0,
      ['Throughput over 5 connections', 'Throughput over 50 connections', 'From spawn to the first signed 200'],
    ]);
  });

  test.runIf(isFull)('looks at the memory of a soak, in which nothing fails', async () => {
    const { code, stdout } = await quickly(whole.replace('npm run', 'npm run --silent'), '--only soak --json');
    const { soak = [] } = JSON.parse(stdout) as Report;
    expect([code, soak.map(({ deliveries, failed }) => [deliveries, failed])]).toEqual([
      0,
      [50, 250, 500, 50, 250, 500].map((deliveries) => [deliveries, 0]),
    ]);
    for (const { residentMiB, heapMiB } of soak) expect(residentMiB).toBeGreaterThan(heapMiB);
  });

  test('measures another server beside the others, prints it for machines and draws it', async () => {
    const { command } = await otherServer();
    const [, json = ''] = forMachines.split(' -- ');
    const drawing = join(temporaryFolder(), 'bench.svg');
    const { code, stdout } = await quickly(command.replace('npm run', 'npm run --silent'), json, '--plot', drawing);
    expect(code).toBe(0);
    const { throughput = [], isQuick } = JSON.parse(stdout) as Report;
    expect(isQuick).toBe(true);
    expect(throughput.map(({ failed }) => failed)).toEqual(throughput.map(() => 0));
    const over5 = throughput.filter(({ connections }) => connections === 5);
    expect(over5).toHaveLength(7);
    expect(over5[0]).toMatchObject({ ratio: 1, lowest: 1, highest: 1, p99Ratio: 1 });
    expect(over5[4]?.name).toContain('bench/receivers/express.ts');
    const drawn = readFileSync(drawing, 'utf8');
    for (const { name, ratio } of over5) {
      expect(ratio).toBeGreaterThan(0);
      expect(drawn).toContain(`>${name}</text>`);
      expect(drawn).toContain(`>${ratio.toFixed(2)}</text>`);
    }
  });

  test('says what another server answers instead', async () => {
    const { command, port } = await otherServer();
    const { code, stderr } = await quickly(command.replace('env PORT', 'env KIKET_WEBHOOK_SECRET=another PORT'));
    const expected = `does not answer a signed delivery at http://127.0.0.1:${port}/webhook with 200 (401)`;
    expect([code, stderr]).toEqual([1, expect.stringContaining(expected)]);
  });

  test.each([
    ['--only nonsense', /knows throughput, .*not nonsense/],
    ['--only size --plot x.svg', /--plot needs throughput/],
    ['--peer x', /--peer needs --url and --secret/],
    ['--rounds none', /numbers above zero/],
    ['--round 2', /--round/],
  ])('refuses %s', async (options, reason) => {
    const { code, stderr } = await quickly(whole, options);
    expect([code, stderr]).toEqual([2, expect.stringMatching(reason)]);
  });
});
