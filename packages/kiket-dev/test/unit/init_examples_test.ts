import { describe, expect, test } from 'vitest';
import { hasTest } from '../../src/init/code.ts';
import { guide, storySections } from '../../src/init/documents.ts';
import { dropExamples } from '../../src/init/dropExamples.ts';
import { examples, shared, type Example } from '../../src/init/examples.ts';
import { exampleDocs } from '../../src/init/exampleDocs.ts';
import { exampleTests } from '../../src/init/exampleTests.ts';
import { Project } from '../../src/init/project.ts';
import { removeInit } from '../../src/init/removeItself.ts';
import { dropTestLinks, isTestThere } from '../../src/init/testLinks.ts';
import { extension } from '../../../../src/extension.ts';
import { parseManifest } from '../../../kiket-express/src/manifest/manifest.ts';
import { findHandlerGaps } from '../../../kiket-express/src/extension/handlers.ts';
import { projectRoot } from '../../../kiket-express/src/server/setup.ts';

const all = Object.keys(examples) as Example[];
const project = new Project(projectRoot);

describe('the table of examples', () => {
  test('has every guard', () => {
    expect(Object.values(examples).map(({ guard }) => guard)).toEqual(Object.keys(extension.guards));
  });

  test('names files that exist', () => {
    const files = [...Object.values(examples).flatMap((parts) => parts.files), ...shared.files];
    expect(files.filter((file) => !project.has(file))).toEqual([]);
  });

  test('replaces what is there, once', () => {
    const found = [...Object.values(examples), ...Object.values(exampleDocs)]
      .flatMap(({ replacements }) => replacements)
      .map(({ file, from }) => [file, from, project.read(file).split(from).length - 1]);
    expect(found.filter(([, , times]) => times !== 1)).toEqual([]);
  });

  test('names rows of docs/README.md that exist', () => {
    const rows = Object.values(exampleDocs).flatMap((said) => said.rows);
    expect(rows.filter((row) => !project.read('docs/README.md').includes(`\n| ${row} `))).toEqual([]);
  });

  test('names sections of the guide that exist', () => {
    const titles = [...project.read(guide).matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(titles).toEqual(expect.arrayContaining([...storySections]));
  });

  test('names settings, actions, permissions and hooks of the manifest', () => {
    const manifest = project.read('.kiket/manifest.yaml');
    for (const { actions, configuration, permissions, capabilities } of Object.values(examples)) {
      for (const key of actions) expect(manifest).toContain(`key: ${key}\n`);
      for (const key of configuration) expect(manifest).toContain(`\n    ${key}:\n`);
      for (const name of [...permissions, ...capabilities]) expect(manifest).toContain(`- ${name}\n`);
    }
    for (const event of shared.hooks) expect(manifest).toContain(`event: ${event}\n`);
  });

  test.each(Object.entries(exampleTests))('names tests of %s that exist', (file, needs) => {
    const titles = Object.values(needs).flat();
    expect(titles).not.toEqual([]);
    expect(project.has(file)).toBe(true);
    expect(titles.filter((title) => title !== '*' && !hasTest(project.read(file), title))).toEqual([]);
  });
});

/** Every way to keep some of the examples. */
const choices = Array.from({ length: 2 ** all.length }, (_, bits) =>
  all.filter((_example, index) => bits & (2 ** index)),
);

describe.each(choices.map((kept) => [kept.join(', ') || 'none', kept] as const))(
  'a fork that keeps %s',
  (_what, kept) => {
    const fork = new Project(projectRoot);
    dropExamples(fork, kept);
    removeInit(fork);

    test('has their guards, or the first one', () => {
      const table = fork.read('src/extension/index.ts');
      const guards = /guards: \{([^}]*)\}/.exec(table)?.[1]?.match(/\w+/g) ?? [];
      expect(guards).toEqual(kept.length === 0 ? ['firstGuard'] : kept.map((example) => examples[example].guard));
    });

    test('has a manifest that names what it handles, and no setting that nothing reads', () => {
      const manifest = parseManifest(fork.read('.kiket/manifest.yaml'), 'manifest.yaml');
      const table = fork.read('src/extension/index.ts');
      const isLeft = ([, handler]: [string, unknown]) => table.includes(`${(handler as { name: string }).name},`);
      const left = {
        ...extension,
        actions: Object.fromEntries(Object.entries(extension.actions).filter(isLeft)),
        listeners: Object.fromEntries(Object.entries(extension.listeners).filter(isLeft)),
      };
      expect(findHandlerGaps(manifest, left)).toEqual({ unhandled: [], unnamed: [] });
      const dropped = all
        .filter((example) => !kept.includes(example))
        .flatMap((example) => examples[example].configuration);
      const pages = fork.paths.filter((path) => /^\.kiket\/manifest\.yaml$|^\.env\.example$|\.md$/.test(path));
      const said = pages.map((path) => fork.read(path)).join('\n');
      const settings = fork.read('src/extension/settings.ts');
      expect(
        dropped.filter((key) => said.includes(key) || said.includes(key.toUpperCase()) || settings.includes(key)),
      ).toEqual([]);
    });

    test('sends every payload that it has, and has every payload that it sends', () => {
      const sent = [...fork.read('replay/scenario.yaml').matchAll(/- send: (\S+)/g)].map(
        ([, name]) => `replay/${name}`,
      );
      const payloads = fork.paths.filter((path) => /^replay\/.*\.json$/.test(path));
      expect([...new Set(sent)].toSorted()).toEqual(payloads);
    });

    test('shows a guard of its own in the README', () => {
      const [, file = '', code = ''] =
        /<!-- file: (src\S+) -->\n\n```ts\n([^]*?)```/.exec(fork.read('README.md')) ?? [];
      expect(code).toMatch(/^export const \w+: Guard</m);
      expect(fork.read(file)).toContain(code);
    });

    test('links to tests that it has', () => {
      for (const path of fork.paths.filter((each) => each.endsWith('.md'))) {
        const isThere = (label: string, file: string) => isTestThere(fork, { path, label, file });
        expect(dropTestLinks(fork.read(path), isThere)).toBe(fork.read(path));
      }
    });

    test('has a row for each guard, action and setting that it has', () => {
      const page = fork.read('docs/README.md');
      const rows = Object.entries(exampleDocs).flatMap(([name, said]) =>
        said.rows.map((row) => [name, page.includes(`\n| ${row} `)] as const),
      );
      const told = all.filter((example) => rows.some(([name, isTold]) => name === example && isTold));
      expect(told).toEqual(kept);
      expect(page.includes('\n| First guard |')).toBe(kept.length === 0);
    });

    test('tells and shows the whole story only if it has all of it', () => {
      const hasStory = kept.includes('fields') && kept.includes('approvals');
      const told = { picture: '<picture>', list: 'Noor', session: 'session: sandbox', steps: '1. Drag ORD-42' };
      const text = `${fork.read('README.md')}${fork.read(guide)}`;
      expect(Object.entries(told).filter(([, part]) => text.includes(part) !== hasStory)).toEqual([]);
      expect(fork.read('package.json').includes('"picture"')).toBe(hasStory);
      const titles = (of: Project) => of.read(guide).match(/^## .+$/gm);
      const left = titles(project)?.filter((title) => hasStory || !storySections.includes(title.slice('## '.length)));
      expect(titles(fork)).toEqual(left);
    });

    test('says nothing of approvals that it does not have', () => {
      if (kept.includes('approvals')) return;
      // What the store can keep, what Kiket knows, and what was measured, whoever uses it; and what begins anew.
      const ofAll = /docs\/(?:bench|contract|promises|CHANGELOG)\.md/;
      const lines = fork.paths
        .filter((path) => path.endsWith('.md') && !ofAll.test(path))
        .flatMap((path) => fork.read(path).split('\n'))
        .filter((line) => /approv/i.test(line));
      expect(lines).toEqual([
        expect.stringContaining('`src/store/`'),
        expect.stringContaining("endpoints.issues.comment('ORD-42', 'Approved.')"),
        expect.stringContaining('have the installation approve the permissions'),
      ]);
    });

    test('has no sentence of which only the full stop is left', () => {
      const pages = fork.paths.filter((path) => path.endsWith('.md')).map((path) => fork.read(path));
      expect(pages.join('\n').match(/^.*\n\s*[.,;]$/m)).toBeNull();
    });

    test('says nothing of npm run init any more', () => {
      const said = fork.paths
        .filter((path) => /\.md$|\.yml$|^\.ci|package\.json$/.test(path))
        .map((path) => fork.read(path));
      expect(said.join('\n')).not.toMatch(
        /npm run init|clack|test\/fork|makes forks|guardian\.contributes|ready to copy|made to be copied/,
      );
      expect(fork.paths.filter((path) => /^scripts\/init|^test\/fork|init_/.test(path))).toEqual([]);
    });
  },
);
