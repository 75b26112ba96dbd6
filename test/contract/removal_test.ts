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

/** What still imports from a folder, and what the compiler says. */
async function missed(cwd: string, folder: string) {
  const importing = ['-rlE', `from '[./]+${folder}/`, '--include=*.ts', '--exclude-dir=node_modules', '.'];
  const [compiled, left] = [await run('npx', ['tsc', '--noEmit'], { cwd }), await run('grep', importing, { cwd })];
  return `${compiled.stdout}${left.stdout}`;
}

test('the README says how to take out the sandbox, and the rest compiles', { timeout: 60_000 }, async () => {
  const cwd = await without('README.md', 'sandbox');
  expect(await missed(cwd, 'sandbox')).toBe('');
  const browser = await run('npx', ['vitest', 'run', '--config', 'vitest.browser.config.ts'], { cwd });
  expect([browser.code, browser.stdout]).toEqual([0, expect.stringContaining('No test files found')]);
});

test('docs/bench.md says how to take out the bench, and the rest compiles', { timeout: 60_000 }, async () => {
  expect(await missed(await without('docs/bench.md', 'bench'), 'bench')).toBe('');
});
