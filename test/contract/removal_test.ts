import { expect, test } from 'vitest';
import { copyRepository } from '../support/checkout.ts';
import { readPage } from '../support/markdown.ts';
import { run } from '../support/processes.ts';

/** A copy of the project without what a page tells how to take out. */
async function without(page: string, folder: string): Promise<string> {
  const cwd = copyRepository();
  const command = new RegExp(`\`(rm -r ${folder} [^\`]+)\``).exec(readPage(page).text)?.[1] ?? 'false';
  expect(await run('bash', ['-c', command], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' });
  return cwd;
}

/** What the compiler says, and who still imports from a folder. */
async function check(cwd: string, folder: string) {
  const compiled = await run('npx', ['tsc', '--noEmit'], { cwd });
  const importing = ['-rlE', `from '[./]+${folder}/`, '--include=*.ts', '--exclude-dir=node_modules', '.'];
  return { compiled, importing: await run('grep', importing, { cwd }) };
}

/** grep ends with 1 if it finds nothing. */
const isSound = { compiled: { code: 0, stdout: '' }, importing: { code: 1, stdout: '' } };

test('the README says how to take out the sandbox, and the rest compiles', { timeout: 120_000 }, async () => {
  const cwd = await without('README.md', 'sandbox');
  expect(await check(cwd, 'sandbox')).toMatchObject(isSound);
  const browser = await run('npx', ['vitest', 'run', '--config', 'vitest.browser.config.ts'], { cwd });
  expect([browser.code, browser.stdout]).toEqual([0, expect.stringContaining('No test files found')]);
});

test('docs/bench.md says how to take out the bench, and the rest compiles', { timeout: 120_000 }, async () => {
  expect(await check(await without('docs/bench.md', 'bench'), 'bench')).toMatchObject(isSound);
});
