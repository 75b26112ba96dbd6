import { describe, expect, test } from 'vitest';
import { canonicalEvent, missingScopes } from 'kiket-express/manifest';
import { namesIn, readPage, readTable } from '../support/markdown.ts';

describe('contract.md of the library', () => {
  const { text } = readPage('packages/kiket-express/docs/contract.md');

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
