import { cpSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { readBlock } from '../support/markdown.ts';
import { run } from '../support/processes.ts';

/* How the library answers on these hosts: packages/kiket-express/test/slow/{lambda,vercel}_test.ts. */

/** What a build needs. */
function sourcesFolder(): string {
  const cwd = temporaryFolder();
  for (const part of ['src', '.kiket', 'package.json'])
    cpSync(join(projectRoot, part), join(cwd, part), { recursive: true });
  symlinkSync(join(projectRoot, 'node_modules'), join(cwd, 'node_modules'));
  return cwd;
}

test('a start builds again what has changed, whatever its time', async () => {
  const cwd = sourcesFolder();
  const build = async () => {
    await run(process.execPath, ['node_modules/kiket-express/build.js', '--if-stale'], { cwd });
    return readFileSync(join(cwd, 'dist', 'server.cjs'), 'utf8');
  };
  await build();
  const source = join(cwd, 'src', 'extension.ts');
  writeFileSync(
    source,
    readFileSync(source, 'utf8').replace('settings.protected_statuses, transition.to', "['deployed'], transition.to"),
  );
  utimesSync(source, 0, 0);
  expect((await build()).includes('"deployed"')).toBe(true);
  writeFileSync(join(cwd, 'dist', 'server.cjs'), 'as built');
  expect(await build()).toBe('as built');
});

test.each([
  ['lambda', 'the Lambda entry', 'handler'],
  ['vercel', 'the Vercel entry', 'default'],
])('the entry that %s.md shows is built and starts', async (name, block, exported) => {
  const cwd = sourcesFolder();
  writeFileSync(join(cwd, 'src', `${name}.ts`), readBlock(`packages/kiket-express/docs/${name}.md`, block));
  const built = await run(process.execPath, ['node_modules/kiket-express/build.js', name], { cwd });
  expect(built).toMatchObject({ code: 0, stderr: '' });

  // Alone, but for what has a native part.
  const alone = temporaryFolder();
  mkdirSync(join(alone, 'dist'));
  const entry = join(alone, 'dist', `${name}.mjs`);
  cpSync(join(cwd, 'dist', `${name}.mjs`), entry);
  const script = `import(${JSON.stringify(pathToFileURL(entry))}).then((made) => console.log(typeof made.${exported}))`;
  expect(await run(process.execPath, ['-e', script], { cwd: alone })).toMatchObject({ code: 0, stdout: 'function\n' });
});
