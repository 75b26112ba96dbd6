import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalizeText, isBlankText } from '../../src/text/normalize.ts';

describe('as people read it', () => {
  test.each([
    ['capitals', 'DONE', 'done'],
    ['a composed accent', 'Termin\u00e9', 'termine\u0301'],
    ['accents in another order', 'a\u0323\u0307', 'a\u0307\u0323'],
    ['full width', 'ｄｏｎｅ', 'done'],
    ['a full-width comma', 'a，b', 'a,b'],
    ['mathematical letters', '𝐝𝐨𝐧𝐞', 'done'],
    ['German sharp s', 'GRÖSSE', 'größe'],
    ['final sigma', 'ΤΈΛΟΣ', 'τέλος'],
    ['iota below', 'ᾼ', 'αι'],
    ['Turkish dotted I', 'BİTTİ', 'bitti'],
    ['Turkish dotless i', 'AÇIK', 'açık'],
    ['dots over an i', 'i\u0307\u0307', 'i'],
    ['Cherokee', '\uab70\u13f8', '\u13a0\u13f0'],
    ['zero-width space', 'do\u200bne', 'done'],
    ['soft hyphen', 'do\u00adne', 'done'],
    ['direction marks', '\u202e\u2066done\u2069\u200f\u061c', 'done'],
    ['variation selector', '✅\ufe0f done', '✅ done'],
    ['more variation selectors', 'do\u{e0100}ne\u180b', 'done'],
    ['tag characters', 'done\u{e0064}\u{e007f}', 'done'],
    ['control characters', 'do\u0000n\u0008e\u001b', 'done'],
    ['accent behind what is invisible', 'e\u200b\u0301', 'é'],
    ['white space', '  in \t\n review\r\n', 'in review'],
    ['other white space', 'in\u00a0\u2009\u3000\u2028review\u0085', 'in review'],
    ['white space around what is invisible', 'in \u200b review \u200b', 'in review'],
    ['blanks of other scripts', 'in\u2800review\u3164', 'in review'],
  ])('%s: %j is %j', (_what, one, other) => {
    expect(normalizeText(one)).toBe(normalizeText(other));
  });

  test.each([
    ['done', 'done.'],
    ['in review', 'inreview'],
    ['ä', 'a'],
    ['done', 'dоne'],
  ])('%j is not %j', (one, other) => {
    expect(normalizeText(one)).not.toBe(normalizeText(other));
  });

  test('every character is the same in capitals and in small letters, and once read it stays', () => {
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10_ff_ff; code += 1) {
      const character = String.fromCodePoint(code);
      const read = normalizeText(character);
      const forms = [character.toUpperCase(), character.toLowerCase(), character.normalize('NFD'), read];
      const isOne = forms.every((form) => form === character || normalizeText(form) === read);
      if (!isOne || isBlankText(character) !== (read === '')) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  const odd = fc.constantFrom(
    ...Array.from('iIİıſßẞﬁςΣᾳ\u0307\u0301\u0345\u200b\u00ad\ufe0f\u3164 \t-_'),
    '\u1100\u1161',
    '\ud800',
  );
  test('is the same however often it is read', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 20 }), (parts) => {
        const read = normalizeText(parts.join(''));
        expect(normalizeText(read)).toBe(read);
        expect(normalizeText(parts.join('').normalize('NFD'))).toBe(read);
        expect(normalizeText(parts.join('\u200b'))).toBe(normalizeText(parts.join('\ufeff')));
      }),
      { numRuns: 2000 },
    );
  });
});

test.each([
  ['', true],
  ['\u00a0\u3000', true],
  ['\u202e\u2069', true],
  ['\ufe0f', true],
  ['\u3164\u2800', true],
  ['\u0000\u0007', true],
  ['\u{e0041}', true],
  ['\u{1d159}\u{16fe4}', true],
  ['\u{13430}\u{13440}\u{13441}\u{13442}', true],
  ['-', false],
  ['\u200b0\u200b', false],
  ['✅', false],
])('%j shows nothing: %s', (text, isBlank) => {
  expect(isBlankText(text)).toBe(isBlank);
});
