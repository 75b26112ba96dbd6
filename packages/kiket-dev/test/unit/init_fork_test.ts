import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readAnswers, type Answers } from '../../src/init/answers.ts';
import { examples, sharedPaths, type Example } from '../../src/init/examples.ts';
import { makeFork, type Files, type Origin } from '../../src/init/fork.ts';
import { listFiles, readText } from '../../src/trackedFiles.ts';
import { projectRoot } from '../support/folders.ts';
import { readLinks } from '../support/markdown.ts';

const template: Files = new Map(listFiles(projectRoot).map((path) => [path, readText(join(projectRoot, path))]));
const names = Object.keys(examples) as Example[];
const asked = { id: 'com.acme.gate', name: "Acme's Gate", repository: 'acme/gate', author: 'Acme & Sons' };
/** What a fork has of the library, as far as pages link to it. */
const published = [
  'README.md',
  ...readdirSync(join(projectRoot, 'packages/kiket-express/docs')).map((name) => `docs/${name}`),
].map((name) => `packages/kiket-express/${name}`);
const origin: Origin = {
  version: '1.2.3',
  instead: new Map(
    ['README.md', 'docs/CHANGELOG.md', 'vitest.config.ts'].map((path) => [
      path,
      readFileSync(new URL(`../../fork/${path}`, import.meta.url), 'utf8'),
    ]),
  ),
  keepsPackages: false,
};

interface Manifest {
  configuration: object;
  actions: { key: string }[];
  hooks: { event: string }[];
}

function fork(keep: readonly string[], files = template, options: Partial<Origin> = {}): Files {
  const answers = readAnswers({ ...asked, keep: keep.join(',') || 'none' }) as Answers;
  return makeFork(files, answers, { ...origin, ...options });
}

/** Every mix of examples. */
const mixes = names.reduce<Example[][]>((all, name) => [...all, ...all.map((mix) => [...mix, name])], [[]]);

/** The names in a part of the table: `guards: {…}`. */
function namesIn(table: string, part: string): string[] {
  const [, body = ''] = new RegExp(String.raw`\b${part}: \{([^}]*)\}`).exec(table) ?? [];
  return [...body.matchAll(/(?:^|[{,\s])'?([\w.]+)'?(?:: \w+)?(?=,|\s*$)/g)].map(([, name = '']) => name);
}

describe.each(mixes.map((mix) => ({ mix, title: mix.join(', ') || 'none' })))('a fork that keeps $title', ({ mix }) => {
  const files = fork(mix);
  const read = (path: string) => files.get(path) ?? '';
  const { extension: written } = parse(read('.kiket/manifest.yaml')) as { extension: Manifest };
  const table = read('src/extension.ts');

  test('has no marks, and no names of the template', () => {
    const marked = [...files].filter(([, text]) =>
      /(?:^\s*(?:#|\/\/)|<!--) *(?:example: |template\b|packages\b|end\b)|webhook-guardian-|[Tt]he guardian|Guardian report|Webhook Guardian|com\.example/m.test(
        text,
      ),
    );
    expect(marked.map(([path]) => path)).toEqual(
      ['docs/upgrading.md'].filter((path) => marked.some(([each]) => each === path)),
    );
  });

  test('imports, links to and sends nothing that is gone', () => {
    const gone = [...files].flatMap(([path, text]) => {
      const imported = path.endsWith('.ts') ? [...text.matchAll(/from '(\.[^']+)'/g)].map(([, to = '']) => to) : [];
      const linked = path.endsWith('.md') ? readLinks(text).map(({ target }) => target.replace(/[#?].*/, '')) : [];
      return [...imported, ...linked]
        .filter((to) => to !== '' && !/^[a-z]+:/.test(to))
        .map((to) => posix.join(posix.dirname(path), to))
        .filter((to) => ![...files.keys(), ...published].some((each) => each === to || each.startsWith(`${to}/`)))
        .map((to) => `${path}: ${to}`);
    });
    expect(gone).toEqual([]);
    const sent = [...read('replay/scenario.yaml').matchAll(/send: (\S+)/g)].map(([, name = '']) => name);
    const recorded = [...files.keys()].flatMap((path) => /^replay\/(.+\.json)$/.exec(path)?.[1] ?? []);
    expect(recorded.toSorted()).toEqual([...new Set(sent)].toSorted());
  });

  test('uses everything it imports', () => {
    const unused = [...files].flatMap(([path, text]) =>
      [...text.matchAll(/^import (?:type )?\{([^}]*)\} from/gm)]
        .flatMap(([, list = '']) => list.split(','))
        .map((name) => name.replace(/^\s*type\b|.* as /, '').trim())
        .filter((name) => name !== '' && text.split(new RegExp(String.raw`\b${name}\b`)).length < 3)
        .map((name) => `${path}: ${name}`),
    );
    expect(unused).toEqual([]);
  });

  test('has a table, a manifest and settings that agree', () => {
    const actions = namesIn(table, 'actions');
    expect(written.actions.map(({ key }) => key).toSorted()).toEqual(actions.toSorted());
    const events = written.hooks.map(({ event }) => event).filter((event) => event !== 'workflow.before_transition');
    expect(events.toSorted()).toEqual(namesIn(table, 'listeners').toSorted());
    expect(namesIn(table, 'guards').length).toBeGreaterThan(0);
    const keys = Object.keys(written.configuration);
    const isSetting = new RegExp(String.raw`^    (\w+): `, 'gm');
    const set = [...read('src/settings.ts').matchAll(isSetting)].map(([, name = '']) => name);
    const [, json = ''] = /= (\{[^]*\}) as const/.exec(read('src/manifest.ts')) ?? [];
    const declared = JSON.parse(json) as Record<'events' | 'actions' | 'secrets', string[]>;
    expect([declared.events.toSorted(), declared.actions.toSorted()]).toEqual([events.toSorted(), actions.toSorted()]);
    expect([...set, ...declared.secrets].toSorted()).toEqual(keys.toSorted());
    const variables = [...read('.env.example').matchAll(/^KIKET_(?:SETTING|SECRET)_(\w+)=/gm)].map(
      ([, name = '']) => name,
    );
    expect(variables.toSorted()).toEqual(keys.map((key) => key.toUpperCase()).toSorted());
  });

  test('names its commands after itself', () => {
    const commands = [...read('.kiket/manifest.yaml').matchAll(/command: (\S+)/g)].map(([, name = '']) => name);
    expect(commands.filter((name) => !name.startsWith('gate.'))).toEqual([]);
    expect(commands.length).toBeGreaterThan(0);
  });
});

test('every path of an example is there', () => {
  const paths = [...Object.values(examples), ...sharedPaths].flatMap((part) => [...part.paths]);
  const missing = paths.filter(
    (path) => ![...template.keys()].some((each) => each === path || each.startsWith(`${path}/`)),
  );
  expect(missing).toEqual([]);
});

test('a fork that keeps none says nothing about approvals in what is its own', () => {
  const own = [...fork([])].filter(([path]) =>
    /^(?:src|\.kiket|replay|docs|test)\/|^(?:README\.md|\.env\.example)$/.test(path),
  );
  const mentions = own.filter(([path, text]) =>
    /\bapprov(?!e the permissions)|decisionRows|recordMove/i.test(`${path}\n${text}`),
  );
  expect(mentions.map(([path]) => path)).toEqual([]);
});

test('a fork that keeps all is small', () => {
  const files = fork(names);
  files.delete('package-lock.json');
  expect(files.size).toBeLessThanOrEqual(90);
  expect([...files.values()].join('').match(/\n/g)?.length).toBeLessThanOrEqual(4000);
});

test('a guard that was there before stays', () => {
  const table = (template.get('src/extension.ts') ?? '')
    .replace('import { define', "import { mine } from './guards/mine.ts';\nimport { define")
    .replace('guards: {', 'guards: {\n    mine,');
  const files = fork(
    [],
    new Map([...template, ['src/extension.ts', table], ['src/guards/mine.ts', 'export const mine = 1;\n']]),
  );
  expect(files.get('src/extension.ts')).toMatch(/import \{ mine \} from '.\/guards\/mine.ts';\n/);
  expect(namesIn(files.get('src/extension.ts') ?? '', 'guards')).toEqual(['mine']);
  expect(files.has('src/guards/mine.ts')).toBe(true);
  expect(files.has('src/guards/firstGuard.ts')).toBe(false);
});

test('a fork knows where it comes from, and has only its own scripts', () => {
  const described = JSON.parse(fork(['fields']).get('package.json') ?? '{}') as Record<string, object>;
  expect(described).toMatchObject({ name: 'gate', version: '1.0.0', kiket: { template: '1.2.3' } });
  expect(Object.keys(described['scripts'] ?? {}).toSorted()).toEqual([
    'build',
    'dev',
    'format',
    'hosting',
    'lint',
    'package',
    'postlint',
    'prestart',
    'replay',
    'sandbox',
    'start',
    'test',
    'upgrade',
  ]);
});

test('a fork that keeps the sources keeps what tests them', () => {
  const files = fork([], template, { keepsPackages: true, instead: new Map() });
  expect(files.get('vitest.config.ts')).toBe(template.get('vitest.config.ts'));
  expect(files.get('tsconfig.json')).toBe(template.get('tsconfig.json'));
  expect(files.get('.github/workflows/ci.yml')).toContain('  slow:\n');
  expect(JSON.parse(files.get('package.json') ?? '{}')).toMatchObject({
    scripts: { 'test:slow': expect.any(String) as string },
  });
});
