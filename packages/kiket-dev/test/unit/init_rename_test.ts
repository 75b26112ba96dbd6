import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Answers } from '../../src/init/answers.ts';
import { createRename, renameFile } from '../../src/init/rename.ts';
import { templateNames } from '../../src/lint/leftoverNames.ts';
import { projectRoot } from '../../../kiket-express/src/server/setup.ts';

const { id, repository, packageName, name, author } = templateNames;
const answers: Answers = {
  id: 'com.acme.webhook-guardian.gate',
  name: "Acme's Gate: rock & röll #1",
  repository: 'acme/Webhook_Gate',
  packageName: 'webhook-gate',
  author: 'Example Org of Zoë',
  keep: [],
};
const rename = createRename(answers);
const inFile = (path: string, text: string) => renameFile(path, text, answers);

describe('renaming', () => {
  test('replaces every name at once, also where a new one holds an old one', () => {
    expect(rename(`${id} ${repository} ${packageName} ${name} ${author}`)).toBe(
      "com.acme.webhook-guardian.gate acme/Webhook_Gate webhook-gate Acme's Gate: rock & röll #1 Example Org of Zoë",
    );
  });

  test.each([
    [`module: ${id}.decisions`, 'module: com.acme.webhook-guardian.gate.decisions'],
    [`https://github.com/${repository}/actions`, 'https://github.com/acme/Webhook_Gate/actions'],
    [`git@github.com:${repository}.git`, 'git@github.com:acme/Webhook_Gate.git'],
    [`docker build --tag ${packageName} .`, 'docker build --tag webhook-gate .'],
  ])('makes %s', (text, renamed) => {
    expect(rename(text)).toBe(renamed);
  });

  test.each([`my-${packageName}`, `${packageName}s`, `un${packageName}`, 'mira@example.com', 'https://example/shop'])(
    'leaves %s, which is another word',
    (text) => {
      expect(rename(text)).toBe(text);
    },
  );
});

describe('a renamed file', () => {
  test('of YAML says the names in quotes where they need some, and keeps its comments', () => {
    const text = `# ${name}\nname: ${name} # ${author}\nlist: [${author}, '${name}', "${name}"]\nfolded: >-\n  By ${name}\n`;
    const renamed = inFile('manifest.yaml', text);
    const own = answers.name;
    expect(parse(renamed)).toEqual({ name: own, list: [answers.author, own, own], folded: `By ${own}` });
    expect(renamed).toContain(`# ${own}\nname: "${own}" # ${answers.author}\n`);
  });

  test.each(['true', '1.0', '~', 'null', '- a', 'a: b', '# a', '@a', '2026-01-01', ', a', '? a', '!a', '%a', '&a'])(
    'of YAML says the name %s as text',
    (text) => {
      const renamed = renameFile('a.yml', `a: ${name}\nb: [${name}]\n`, { ...answers, name: text });
      expect(parse(renamed)).toEqual({ a: text, b: [text] });
    },
  );

  test('of JSON is JSON', () => {
    expect(JSON.parse(inFile('a.json', `{ "name": "${name}", "${id}": 1 }`))).toEqual({
      name: answers.name,
      [answers.id]: 1,
    });
  });

  test('of code is code', () => {
    expect(inFile('a.ts', `export const name = '${name}';\n`)).toBe(
      "export const name = 'Acme\\'s Gate: rock & röll #1';\n",
    );
    expect(inFile('a.ts', `// ${name}\nexport {};\n`)).toBe("// Acme's Gate: rock & röll #1\nexport {};\n");
  });

  test('of several documents of YAML is renamed in each', () => {
    const renamed = renameFile('a.yaml', `a: ${packageName}\n---\nb: ${packageName}\n`, {
      ...answers,
      packageName: '2026',
    });
    expect(parseAllDocuments(renamed).map((document) => document.toJS() as unknown)).toEqual([
      { a: '2026' },
      { b: '2026' },
    ]);
  });

  test('of owners names whoever the fork belongs to', () => {
    expect(inFile('.github/CODEOWNERS', '* @example/maintainers\n/docs @example mira@example.com @examples\n')).toBe(
      '* @acme\n/docs @acme mira@example.com @examples\n',
    );
  });

  test('of the licence keeps the notice of the template, and has one of the fork below it', () => {
    vi.useFakeTimers({ now: Date.UTC(2031, 0, 1) });
    onTestFinished(() => void vi.useRealTimers());
    const licence = readFileSync(join(projectRoot, 'LICENSE'), 'utf8');
    expect(inFile('LICENSE', licence)).toBe(
      licence.replace(/^Copyright .*$/m, (notice) => `${notice}\nCopyright (c) 2031 ${answers.author}`),
    );
  });
});
