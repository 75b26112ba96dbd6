import { findHandlerGaps } from 'kiket-express/manifest';
import { error, placeAt, startOf, type Place } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';

/** Every hook, action and command has a handler, and every handler is named in the manifest. */
export async function* handlerRules(project: Project): AsyncIterable<Problem> {
  const manifest = project.manifest()?.parsed;
  const table = await project.table();
  if (manifest === undefined || table === undefined) return;
  if (table.problem !== undefined) {
    const message = `This can't be imported, so nothing compares it with the manifest: ${table.problem}.`;
    const hint = 'Run npm ci, and fix what the compiler says about it.';
    yield error('handlers-unread', startOf(table.file), { message, hint });
    return;
  }
  const { unhandled, unnamed } = findHandlerGaps(manifest, table);
  for (const said of unhandled) {
    const [, file = '', line, column, text = said] = /^(.+?):(\d+):(\d+) (.*)$/.exec(said) ?? [];
    const message = `This ${text}`;
    const hint = 'Add a handler to that table, or remove it here. The server does not start without.';
    yield error('handler-missing', { file, line: Number(line), column: Number(column) }, { message, hint });
  }
  for (const message of unnamed) {
    const name = /"(.*?)"/.exec(message)?.[1] ?? '';
    const hint = 'Kiket never calls it. Add it to hooks, or to actions and commands; or remove the handler.';
    yield error('handler-unnamed', placeOfName(table.file, project.read(table.file) ?? '', name), { message, hint });
  }
}

/** Where a table names a handler; its start for guards, which all answer one event. */
function placeOfName(file: string, text: string, name: string): Place {
  const offset = ["'", '"', ''].map((quote) =>
    text.search(new RegExp(`(?<![\\w.])${quote}${name.replaceAll('.', String.raw`\.`)}${quote}\\s*[:,]`)),
  );
  const found = offset.find((each) => each !== -1);
  return found === undefined ? startOf(file) : placeAt(file, text, found);
}
