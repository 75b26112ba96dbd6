import { createProject } from '../../src/lint/project.ts';
import { findProblems } from '../../src/lint/rules.ts';
import type { HandlerTable } from '../../src/lint/project.ts';
import { writeFiles } from './folders.ts';
import { soundFiles, soundTable } from './soundFiles.ts';

/** Changes of one file: texts and what replaces them, or the whole new text, or `null` for none. */
type Edit = readonly (readonly [from: string, to: string])[] | string | null;

/** By file. Where a problem is expected stands `¦`, which is taken out before. */
export type Edits = Readonly<Record<string, Edit>>;

/**
 * Lints the sound extension after these changes.
 *
 * @param table other handlers than those of the sound extension
 * @returns what is found, as `file:line:column severity rule`, and where the changes expect something
 */
export async function lintChanged(edits: Edits = {}, table: Partial<HandlerTable> = {}) {
  const marked = Object.entries(edits).flatMap(([file, edit]) => marksIn(file, applyEdit(file, edit) ?? ''));
  const texts = changedTexts(edits);
  const problems = await findProblems(
    createProject({
      root: undefined,
      files: Object.keys(texts).toSorted(),
      read: (file) => texts[file],
      table: () => Promise.resolve({ ...soundTable, ...table }),
    }),
  );
  const found = problems.map(
    ({ file, line, column, severity, rule }) => `${file}:${line}:${column} ${severity} ${rule}`,
  );
  return { found, marked, problems };
}

function changedTexts(edits: Edits): Record<string, string> {
  const changed = Object.entries(edits).map(([file, edit]) => [file, applyEdit(file, edit)] as const);
  const all = Object.entries({ ...soundFiles, ...Object.fromEntries(changed) });
  return Object.fromEntries(all.flatMap(([file, text]) => (text === null ? [] : [[file, text.replaceAll('¦', '')]])));
}

/**
 * What is found after these changes, and what should be, to be compared.
 *
 * @param rules `severity rule` for each mark in turn, or with a place in front for a file that has no mark
 */
export async function compareProblems(edits: Edits, rules: readonly string[], table: Partial<HandlerTable> = {}) {
  const { found, marked } = await lintChanged(edits, table);
  const places = [...marked];
  const expected = rules.map((rule) => (/^\S+:\d+:\d+ /.test(rule) ? rule : `${places.shift() ?? 'no mark'} ${rule}`));
  return { found: found.toSorted(), expected: [...expected, ...places.map((place) => `${place} nothing`)].toSorted() };
}

function applyEdit(file: string, edit: Edit): string | null {
  if (edit === null || typeof edit === 'string') return edit;
  return edit.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}.`);
    return text.replace(from, () => to);
  }, soundFiles[file] ?? '');
}

/** Where the marks of a text stand, as if they were not there. */
function marksIn(file: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/¦/g)].map(({ index: at }, earlier) => `${file}:${index + 1}:${at + 1 - earlier}`),
    );
}

/** Writes the sound extension into a folder, changed; marks are left out. */
export function writeExtension(folder: string, edits: Edits = {}): void {
  writeFiles(folder, changedTexts(edits));
}
