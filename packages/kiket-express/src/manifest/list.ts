import * as z from 'zod';
import { isBlankText } from '../text/normalize.ts';

/** Separators from other formats. In a list they're most likely a mistake. */
const strangeSeparator = /[;|¦│∣•，、；｜،؛‚⸲⸴⹁﹐﹑﹔︐︑︔\t]|\\[nrt]|[\n\v\f\r\u0085\u2028\u2029]+/u;

/** Opening quotes that aren't supported. */
const strangeQuote = /^['`‘’‚‛“”„‟«»‹›]/u;

/** Brackets around the whole list, which don't belong to its first and last entry. */
const strangeBracket = /^\{|\}$|^[([<][^)\]>]*$|^[^([<]*[)\]>]$/u;

/** Comments, which `docker --env-file` keeps as part of the value. */
const strangeComment = /(?:^|\s)#(?:\s|$)/u;

/** Patterns of other tools. Entries are compared as they are. */
const strangePattern = /\S\*|\*\S|^\*$|^!|^\/[^/]*\/[dgimsuvy]*$/u;

/** References to variables that nothing filled in. */
const strangeVariable = /^\$\w|^%\w+%$|^(?:process\.)?env\./u;

/** What escapes a comma in other formats. */
const strangeEscape = /\\$/;

/**
 * A setting that is a list of texts: entries separated by commas, in double quotes where an entry has a comma itself
 * (`"Done, verified", Released`), as CSV has it (RFC 4180); a JSON list; or a YAML list in the manifest. Blank entries
 * are dropped; a list of nothing else is a problem, and so is anything that looks like another separator or quote.
 */
export const list = z.union([z.string(), z.array(z.unknown())]).transform((value, context): string[] => {
  const { entries, problems } = typeof value === 'string' ? readText(value.trim()) : readItems(value);
  for (const message of problems) context.addIssue({ code: 'custom', message });
  const named = entries.map((entry) => entry.trim()).filter((entry) => !isBlankText(entry));
  // What fills in a template is missing, and an empty list can mean everyone.
  if (named.length === 0 && entries.length > 0) {
    context.addIssue({ code: 'custom', message: 'has only blank entries. Write the entries, or [] for none.' });
  }
  return named;
});

interface Reading {
  entries: readonly string[];
  problems: readonly string[];
}

function readText(text: string): Reading {
  if (text === '') return { entries: [], problems: [] };
  if (text.startsWith('[')) return readJson(text);
  // An entry in quotes, or else everything up to the next comma.
  const matches = [...`,${text}`.matchAll(/,\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g)];
  const plain = matches.map(([, , entry = '']) => entry.trim());
  return {
    entries: matches.map(([, quoted, entry = '']) => quoted?.replaceAll('""', '"') ?? entry),
    problems: plain.flatMap((entry) => problemOf(entry) ?? []),
  };
}

function problemOf(entry: string): string | undefined {
  const quoted = `"${entry.replaceAll('"', '""')}"`;
  const [separator] = strangeSeparator.exec(entry) ?? [];
  if (separator !== undefined) {
    const name = separator.trim() === '' ? 'a line break or tab' : `"${separator}"`;
    return `${JSON.stringify(entry)} contains ${name}, which doesn't separate entries. Use a comma, or put double quotes around the whole entry if it's one.`;
  }
  if (strangeEscape.test(entry)) {
    return `${JSON.stringify(entry)} ends with a backslash, which doesn't escape a comma. Put double quotes around the whole entry instead.`;
  }
  if (strangeComment.test(entry)) {
    return `${JSON.stringify(entry)} contains a comment, which would become part of the entry. Remove it, or put double quotes around the whole entry to keep it.`;
  }
  if (strangePattern.test(entry)) {
    return `${JSON.stringify(entry)} looks like a pattern, but entries are compared as they are. Write out what it stands for, or put double quotes around it if it's a name.`;
  }
  if (strangeVariable.test(entry)) {
    return `${JSON.stringify(entry)} looks like a variable that nothing filled in. Write its value, or put double quotes around it if it's a name.`;
  }
  if (strangeBracket.test(entry)) {
    return `${JSON.stringify(entry)} has a bracket, which would become part of the entry. Remove it, or put double quotes around the whole entry to keep it.`;
  }
  if (!entry.includes('"') && !strangeQuote.test(entry)) return undefined;
  return `${JSON.stringify(entry)} has a quote that isn't closed or doesn't enclose the whole entry. Put double quotes around the whole entry, and double those inside it: ${quoted}.`;
}

function readJson(text: string): Reading {
  try {
    // Numbers are kept as they're written: 1.10 isn't 1.1.
    const asText = text.replaceAll(
      /("(?:[^"\\]|\\.?)*(?:"|$))|-?\d[\d.eE+-]*/g,
      (all, quoted?: string) => quoted ?? `"${all}"`,
    );
    return readItems(JSON.parse(asText) as unknown[]);
  } catch {
    const problem = `starts with [ but isn't a JSON list. Write ["Done, verified", "Released"], or put double quotes around an entry that starts with [.`;
    return { entries: [], problems: [problem] };
  }
}

function readItems(items: readonly unknown[]): Reading {
  const strange = items.filter((item) => typeof item !== 'string' && !Number.isSafeInteger(item));
  return {
    entries: items.map(String),
    problems: strange.map((item) => `contains ${JSON.stringify(item)}, which isn't text. Put double quotes around it.`),
  };
}
