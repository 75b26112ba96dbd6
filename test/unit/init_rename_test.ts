import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Answers } from '../../scripts/init/answers.ts';
import { createRename, renameFile } from '../../scripts/init/rename.ts';
import { templateNames } from '../../scripts/lint/leftoverNames.ts';

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
const inFile = (path: string, text: string) => renameFile(path, text, rename, 'acme');

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
    [`Copyright (c) 2026 the ${packageName} authors`, 'Copyright (c) 2026 Example Org of Zoë'],
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
      const renamed = renameFile(
        'a.yml',
        `a: ${name}\nb: [${name}]\n`,
        createRename({ ...answers, name: text }),
        'acme',
      );
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

  test('of owners names those of the fork', () => {
    expect(inFile('.github/CODEOWNERS', '* @example/maintainers\n/docs @example mira@example.com\n')).toBe(
      '* @acme/maintainers\n/docs @acme mira@example.com\n',
    );
  });
});
