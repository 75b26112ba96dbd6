import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canonicalEvent, missingScopes } from 'kiket-express/manifest';
import { namesIn, readLinks, readPage, readTable, readTables } from '../support/markdown.ts';

const folder = 'packages/kiket-express/docs';

describe('contract.md of the library', () => {
  const { text } = readPage(`${folder}/contract.md`);

  test('shows for each row of what is taken and what is not which test or which file does that', () => {
    const rows = readTables(text)
      .filter(({ header }) => header.at(-1) === 'Here' && header.length === 3)
      .flatMap((table) => table.rows);
    const unfounded = rows.filter((row) => !readLinks(row.at(-1) ?? '').some(({ target }) => target.startsWith('../')));
    expect(unfounded).toEqual([]);
    expect(rows.length).toBeGreaterThan(40);
  });

  test('links words to files in which they are, and tests by what they are called', () => {
    const named = readLinks(text).filter(({ label, target }) => /^`\w+`$/.test(label) || target.endsWith('_test.ts'));
    const missing = named.filter(({ label, target }) => {
      const [word = label.replaceAll('\n', ' ')] = namesIn(label);
      return !readPage(join(folder, target)).text.includes(word);
    });
    expect(missing).toEqual([]);
    expect(named.length).toBeGreaterThan(50);
  });

  test('has the names of events as they are known', () => {
    const synonyms = readTable(text, 'Also called');
    for (const [others, name] of synonyms) {
      const known = namesIn(others).map((other) => canonicalEvent(other, new Map()));
      expect(new Set(known), others).toEqual(new Set(namesIn(name)));
    }
    expect(synonyms.length).toBeGreaterThan(5);
  });

  test('has spellings of scopes that all grant reading issues', () => {
    const spellings = readTable(text, 'Spelling').flatMap(([spelling]) => namesIn(spelling));
    expect(spellings.filter((spelling) => missingScopes(['issues:read'], [spelling]).length > 0)).toEqual([]);
    expect(spellings.length).toBeGreaterThan(5);
  });
});
