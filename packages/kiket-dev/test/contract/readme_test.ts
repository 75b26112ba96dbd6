import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import extension from '../../../../src/extension.ts';
import { problems } from '../../../kiket-express/src/errors.ts';
import { projectRoot } from '../support/folders.ts';
import { openApp } from '../support/app.ts';
import { namesIn, readBlock, readPage, readTable } from '../support/markdown.ts';

describe('the README', () => {
  test('shows a guard that works beside the others', async () => {
    const file = join(projectRoot, 'src', 'guards', '.readme.ts');
    onTestFinished(() => rmSync(file));
    writeFileSync(file, readBlock('README.md', 'a guard'));
    const { refuseBlocked } = (await import(file)) as { refuseBlocked: (typeof extension.guards)[string] };
    const guards = { ...extension.guards, refuseBlocked };
    const { deliver } = await openApp({ extension: { ...extension, guards } as never });
    const move = JSON.parse(readFileSync(join(projectRoot, 'replay', 'move_to_done.json'), 'utf8')) as {
      issue: object;
    };
    const plain = await deliver(move);
    const blocked = await deliver({ ...move, issue: { ...move.issue, labels: ['blocked'] } });
    const why = expect.stringContaining('Remove the label "blocked" before') as string;
    expect(blocked.body).toMatchObject({ status: 'deny', message: why });
    expect(plain.body).toMatchObject({ status: 'pending' });
    expect(plain.body).not.toHaveProperty('metadata.failure');
  });
});

describe('docs/settings.md', () => {
  test('has the settings of .env.example in the same order', () => {
    const example = readFileSync(join(projectRoot, '.env.example'), 'utf8');
    const settings = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    const documented = readTable(readPage('docs/settings.md').text, 'Variable').flatMap(([name]) => namesIn(name));
    expect(documented).toEqual(settings);
  });
});

describe('monitoring.md', () => {
  test('explains every code of a 401 that Kiket can get', () => {
    const codes = Object.entries(problems).filter(
      ([code, { httpStatus }]) => httpStatus === 401 && code !== 'metrics_unauthorized',
    );
    const explained = readTable(readPage('packages/kiket-express/docs/monitoring.md').text, 'Code').flatMap(([code]) =>
      namesIn(code),
    );
    expect(explained.toSorted()).toEqual(codes.map(([code]) => code).toSorted());
  });
});

describe('.env.example', () => {
  const lines = readFileSync(join(projectRoot, '.env.example'), 'utf8').split('\n');
  const isSetting = (line: string) => /^[A-Z_]+=/.test(line);

  // `npm run lint` compares those of the manifest.
  test('has every setting that the configuration knows', () => {
    const names = lines.filter(isSetting).map((line) => line.slice(0, -1));
    const config = readFileSync(join(projectRoot, 'packages', 'kiket-express', 'src', 'server', 'config.ts'), 'utf8');
    const read = [...config.matchAll(/^ {2}([A-Z_]+): z$|^ {2}([A-Z_]+): z\./gm)].map(
      ([, one, other = '']) => one ?? other,
    );
    const ofOthers = ['KIKET_WEBHOOK_SECRET', 'KIKET_WEBHOOK_SECRET_PREVIOUS', 'EXTENSION_BASE_URL'];
    const own = names.filter((name) => !/^KIKET_(?:SETTING|SECRET)_/.test(name));
    expect(own.toSorted()).toEqual([...read, ...ofOthers].toSorted());
  });
});
