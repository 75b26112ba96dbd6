import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { run } from '../support/processes.ts';
import { writeExtension } from '../support/soundExtension.ts';

/** What `npm run lint -- …` runs, without npm's own time. */
function lint(cwd: string, options: readonly string[], env: Record<string, string> = {}) {
  const program = join(projectRoot, 'packages', 'kiket-dev', 'bin', 'kiket-dev.js');
  const PATH = `${join(projectRoot, 'node_modules', '.bin')}${delimiter}${process.env['PATH']}`;
  return run(process.execPath, [program, 'lint', ...options], { cwd, env: { ...env, PATH } });
}

test('tsc, oxlint and prettier say what they find, and fix what they can', async () => {
  const folder = temporaryFolder();
  writeExtension(folder, {
    '.oxlintrc.json':
      '{ "plugins": ["import"], "rules": { "eslint/no-useless-escape": "error", "import/no-cycle": "error" } }\n',
    '.prettierrc.json': '{ "singleQuote": true }\n',
    'tsconfig.json':
      '{ "compilerOptions": { "strict": true, "noEmit": true, "types": [], "allowImportingTsExtensions": true }, "include": ["src/index.ts"] }\n',
    'src/index.ts': 'import { b } from \'./b.ts\';\nexport const a: number = "te\\qxt" + b\n',
    'src/b.ts': "import { a } from './index.ts';\nexport const b = () => a;\n",
  });
  const only = ['types', 'code', 'format'].flatMap((name) => ['--only', name]);
  const { code, stdout } = await lint(folder, only, { FORCE_COLOR: '1' });
  expect([code, stdout]).toEqual([1, expect.stringContaining('types, code, format failed')]);
  // The colours of the other programs stay.
  expect(stdout).toContain('\u001B[91merror');
  for (const rule of ['no-useless-escape', 'no-cycle']) expect(stdout).toContain(rule);

  const fixed = await lint(folder, [...only, '--fix']);
  expect([fixed.code, fixed.stdout]).toEqual([1, expect.stringContaining('types, code failed')]);
  expect(fixed.stdout).toMatch(/src\/index\.ts\(\d+,\d+\): error TS/);
  expect(fixed.stdout).not.toContain('no-useless-escape');
  expect(readFileSync(join(folder, 'src/index.ts'), 'utf8')).toContain("const a: number = 'teqxt' + b;");
}, 120_000);
