import { findHandlerGaps } from 'kiket-express/manifest';
import { error, placeAt, startOf, type Place, type Problem } from '../problem.ts';
import { describeNames, namesFile } from '../generated.ts';
import type { Project } from '../project.ts';

/**
 * Every hook, action and command has a handler, every handler is in the table and named in the manifest, and the compiler
 * knows the names.
 */
export async function* handlerRules(project: Project): AsyncIterable<Problem> {
  const manifest = project.manifest()?.parsed;
  const names = project.read(namesFile);
  if (manifest !== undefined && names !== undefined && names !== describeNames(manifest)) {
    const message = `${namesFile} doesn't have the names in ${project.manifestFile}.`;
    yield error('names-outdated', startOf(namesFile), message, 'Run npm run lint -- --fix.');
  }
  const table = await project.table();
  if (manifest === undefined || table === undefined) return;
  if (table.problem !== undefined) {
    const message = `This can't be imported, so it can't be compared with the manifest: ${table.problem}.`;
    yield error('handlers-unread', startOf(table.file), message, 'Run npm ci, then fix what the compiler reports.');
    return;
  }
  const { unhandled, unnamed } = findHandlerGaps(manifest, table);
  for (const problem of unhandled) {
    const { place, text } = splitPlace(problem);
    const hint = "Add a handler to that table, or remove it here. The server doesn't start without it.";
    yield error('handler-missing', place, `This ${text}`, hint);
  }
  for (const message of unnamed) {
    const [, kind, name = ''] = /(\w+) "(.*?)"/.exec(message) ?? [];
    const place = kind === 'action' ? "the manifest's actions or commands" : "the manifest's hooks";
    const hint = `Kiket never calls it. Add it to ${place}, or remove the handler.`;
    yield error('handler-unnamed', placeOfName(table.file, project.read(table.file) ?? '', name), message, hint);
  }
  yield* findUnusedHandlers(project, table.file);
}

/** A guard that isn't in the table refuses nothing, and nobody notices. */
function* findUnusedHandlers({ files, read }: Project, table: string): Iterable<Problem> {
  const sources = files.filter((file) => /^src\/.*\.ts$/.test(file)).map((file) => ({ file, text: read(file) ?? '' }));
  const used = sources.flatMap(({ text }) => text.match(/\w+/g) ?? []);
  for (const { file, text } of sources) {
    for (const { 1: name, 2: kind, index } of text.matchAll(/^export const (\w+) = (guard|action|listener)\(/gm)) {
      if (used.indexOf(name ?? '') !== used.lastIndexOf(name ?? '')) continue;
      const message = `The ${kind} "${name}" isn't in ${table}, so it never runs.`;
      yield error(
        'handler-unused',
        placeAt(file, text, index),
        message,
        `Add it to ${kind}s in ${table}, or delete it.`,
      );
    }
  }
}

/** The server's message about the manifest when it doesn't start: `file:line:column text`. */
export function splitPlace(problem: string): { place: Place; text: string } {
  const [, file = problem, line = 1, column = 1, text = problem] = /^(.+?):(\d+):(\d+)(?: (.*))?$/s.exec(problem) ?? [];
  return { place: { file, line: Number(line), column: Number(column) }, text };
}

/** The place of a handler in a table; the table's start for guards, which all answer one event. */
function placeOfName(file: string, text: string, name: string): Place {
  const escaped = name.replaceAll('.', String.raw`\.`);
  const offset = text.search(new RegExp(String.raw`(?<![\w.'"])(["']?)${escaped}\1\s*[:,]`));
  return offset === -1 ? startOf(file) : placeAt(file, text, offset);
}
