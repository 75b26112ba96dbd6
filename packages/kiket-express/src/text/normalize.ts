/** What shows as a gap: white space, the blanks of braille and of hieroglyphs, and the fillers of Hangul. */
const gaps = /[\p{White_Space}\u2800\u{13441}\u{13442}\u115F\u1160\u3164\uFFA0]+/gu;

/**
 * What does not show at all: zero widths, direction marks, soft hyphens, variation selectors, control characters; the joiners of
 * hieroglyphs, the filler of Khitan and the null notehead.
 */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cc}\uFFF9-\uFFFB\u{13430}-\u{13440}\u{16FE4}\u{1D159}]+/gu;

const visible =
  /[^\p{White_Space}\u2800\u{13441}\u{13442}\p{Default_Ignorable_Code_Point}\p{Cc}\uFFF9-\uFFFB\u{13430}-\u{13440}\u{16FE4}\u{1D159}]/u;

/** Whether text shows nothing: it is empty, or all of it is white space or invisible. */
export function isBlankText(text: string): boolean {
  return !visible.test(text);
}

/**
 * Text as people read it: two texts that look alike become one. Compatible characters (full width, ligatures, composed or
 * not) are one by Unicode's NFKC, capitals and small letters by full case folding, white space is one space between words, and
 * what is invisible is gone. Turkish İ and ı are an i. Letters of other scripts that look alike stay different:
 * https://www.unicode.org/reports/tr39/
 */
export function normalizeText(text: string): string {
  // Most text is this plain.
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase().replaceAll(/ +/g, ' ').trim();
  let read = text;
  let before: string;
  // What one round takes away can bring together what the next composes. Each round leaves less to do.
  do {
    before = read;
    read = foldCase(before.replaceAll(gaps, ' ').replaceAll(invisible, '').normalize('NFKC'))
      .normalize('NFKC')
      .replaceAll(gaps, ' ')
      .trim();
  } while (read !== before);
  return read;
}

/** The same for names, in which white space, dashes and underscores are alike. */
export function normalizeName(name: string): string {
  return normalizeText(name)
    .replaceAll(/[\s\p{Dash_Punctuation}\p{Connector_Punctuation}]+/gu, ' ')
    .trim();
}

/**
 * JavaScript has no case folding. Small, capital and small again is the same (ẞ = ß = ss, ﬁ = fi), but for the final sigma and
 * the dot over a capital İ: https://www.unicode.org/Public/UCD/latest/ucd/CaseFolding.txt
 */
function foldCase(text: string): string {
  return text
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replaceAll(/i\u0307+/g, 'i');
}
