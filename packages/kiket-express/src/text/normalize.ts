/** Characters that look like a gap: white space, braille and hieroglyph blanks, and Hangul fillers. */
const gaps = /[\p{White_Space}\u2800\u{13441}\u{13442}\u115F\u1160\u3164\uFFA0]+/gu;

/**
 * Invisible characters: zero widths, direction marks, soft hyphens, variation selectors, control characters, hieroglyph
 * joiners, the Khitan filler and the null notehead.
 */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cc}\uFFF9-\uFFFB\u{13430}-\u{13440}\u{16FE4}\u{1D159}]+/gu;

const visible =
  /[^\p{White_Space}\u2800\u{13441}\u{13442}\p{Default_Ignorable_Code_Point}\p{Cc}\uFFF9-\uFFFB\u{13430}-\u{13440}\u{16FE4}\u{1D159}]/u;

/** Whether text looks empty: all of it is white space or invisible. */
export function isBlankText(text: string): boolean {
  return !visible.test(text);
}

/**
 * Text as people read it: texts that look alike become equal. Compatible characters (full width, ligatures, composed or
 * not) become equal by Unicode's NFKC, upper and lower case by full case folding, white space becomes one space, and
 * invisible characters are removed. Turkish İ and ı become i. Look-alike letters of other scripts stay different:
 * https://www.unicode.org/reports/tr39/
 *
 * @param fold what makes upper and lower case equal
 */
export function normalizeText(text: string, fold = foldCase): string {
  // Most text is plain.
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase().replaceAll(/ +/g, ' ').trim();
  let read = text;
  let before: string;
  // Removing characters can join others that then compose, so this repeats until nothing changes.
  do {
    before = read;
    read = fold(before.replaceAll(gaps, ' ').replaceAll(invisible, '').normalize('NFKC'))
      .normalize('NFKC')
      .replaceAll(gaps, ' ')
      .trim();
  } while (read !== before);
  return read;
}

/** The same for names, in which white space, dashes and underscores are equal, and so are quotation marks. */
export function normalizeName(name: string): string {
  return normalizeText(name)
    .replaceAll(/[\s\p{Dash}\p{Connector_Punctuation}]+/gu, ' ')
    .replaceAll(/[\p{Quotation_Mark}\u02BC\u2032]/gu, "'")
    .trim();
}

/**
 * JavaScript has no case folding. Lower, upper and lower case again has the same effect (ẞ = ß = ss, ﬁ = fi), except
 * for the final sigma and the dot of a capital İ: https://www.unicode.org/Public/UCD/latest/ucd/CaseFolding.txt
 */
function foldCase(text: string): string {
  return text
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replaceAll(/i\u0307+/g, 'i');
}
