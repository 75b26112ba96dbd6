import { endpointScopes, missingScopes } from 'kiket-express/manifest';
import { error, placeAt, warning, type Place } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asList, asMap, asTexts } from '../values.ts';

/** Where handlers are. */
const handlers = /^src\/.*\.ts$/;

/** What handlers call without naming an endpoint, and the scope that it takes. */
const words = [
  [/\bissue\s*\??\.\s*(?=field\s*\()/g, 'issues:read'],
  [/(?<![\w.'])(?=writeRow\s*\()/g, 'custom_data:write'],
] as const;

/** A scope that a handler needs, and where. */
interface Needed {
  scope: string;
  place: Place;
}

/** The manifest asks for what the extension's code needs, and for nothing else. */
export function* permissionRules(project: Project): Iterable<Problem> {
  const manifest = project.manifest();
  const sources = project.files
    .filter((file) => handlers.test(file))
    .map((file) => [file, project.read(file) ?? ''] as const);
  if (manifest === undefined || sources.length === 0) return;
  const granted = asTexts(manifest.extension['permissions']);
  const needed = sources.map(([file, text]) => neededIn(file, text));
  for (const { scope, place } of needed.flatMap(firstOfEach)) {
    if (missingScopes([scope], granted).length === 0) continue;
    const message = `This needs ${scope}, which the manifest does not ask for, so Kiket refuses the call.`;
    yield error('permission-missing', place, { message, hint: `Add ${scope} to permissions in the manifest.` });
  }
  yield* lackingOperations(manifest, needed.flat());
  // What other paths need, nobody can tell from the text; nor what hooks need that cannot be read.
  if (manifest.parsed === undefined) return;
  if (sources.some(([, text]) => /\b(?:client|kiket)\s*\.\s*(?:get|post|put|patch|delete)\b/.test(text))) return;
  const wanted = [...needed.flat().map(({ scope }) => scope), ...declaredScopes(manifest)];
  for (const [index, permission] of granted.entries()) {
    if (permission.includes('*') || wanted.some((scope) => missingScopes([scope], [permission]).length === 0)) continue;
    const message = `No handler needs ${permission}.`;
    const hint = 'Remove it: people who install the extension are asked for what it does not need.';
    yield warning('permission-unused', manifest.placeOf('permissions', index), { message, hint });
  }
}

/** Whether handlers write rows, as far as it can be seen. */
export function writesRows({ files, read }: Project): boolean {
  const sources = files.filter((file) => handlers.test(file));
  return sources.some((file) => neededIn(file, read(file) ?? '').some(({ scope }) => scope === 'custom_data:write'));
}

/**
 * The scopes that a file needs: those of the calls that it makes by the names of the endpoints or by names that it gives
 * them, those of `issue.field()` and `writeRow()`, and those that it names itself in `ifAllowed` and `requireScopes`.
 */
function neededIn(file: string, source: string): Needed[] {
  const text = source.replaceAll(/\/\*[^]*?\*\/|(?<!:)\/\/.*/g, (comment) => comment.replaceAll(/\S/g, ' '));
  const calls = Object.entries(endpointScopes).flatMap(([client, scopes]) => {
    // Other things have secrets, too: `vault.secrets`.
    const own = String.raw`(?<=[^\w.]|^|\b(?:context|endpoints|kiket)\s*\??\.\s*)${client}\b(?:\([^()]*\))?`;
    const names = [own, ...aliases(text, client)].join('|');
    const methods = Object.keys(scopes).join('|');
    const call = new RegExp(String.raw`(?:${names})\s*\??\.\s*(?<method>${methods})\s*\(`, 'g');
    return [...text.matchAll(call)].flatMap(({ 0: all, index, groups }) => {
      const method = groups?.['method'] ?? '';
      const scope = (scopes as Readonly<Record<string, string | null>>)[method];
      return scope ? [{ scope, place: placeAt(file, source, index + all.lastIndexOf(method)) }] : [];
    });
  });
  const named = [...text.matchAll(/\b(?:ifAllowed|requireScopes)\s*\([^;]*?(?=\)\s*;|=>)/g)].flatMap((match) =>
    [...match[0].matchAll(/'([a-z_]+[:.][a-z_]+)'/g)].map(({ 1: scope = '', index }) => ({
      scope,
      place: placeAt(file, source, match.index + index),
    })),
  );
  const worded = words.flatMap(([word, scope]) =>
    [...text.matchAll(word)].map(({ 0: all, index }) => ({ scope, place: placeAt(file, source, index + all.length) })),
  );
  return [...calls, ...named, ...worded].toSorted(
    (one, other) => one.place.line - other.place.line || one.place.column - other.place.column,
  );
}

/** Names that a file gives a client: `const rows = endpoints.customData(7)`, `(rows: CustomDataClient)`. */
function aliases(text: string, client: string): string[] {
  const type = `${client.charAt(0).toUpperCase()}${client.slice(1)}Client`;
  const pattern = new RegExp(
    String.raw`\b(?:const|let) (\w+) = (?:await )?[\w.]*\b${client}(?:\([^()]*\))?;|\b(\w+)\??: ${type}\b`,
    'g',
  );
  return [...text.matchAll(pattern)].map(([, variable, parameter]) => String.raw`\b${variable ?? parameter ?? ''}\b`);
}

/** One for each scope: a file that comments in three places lacks one permission. */
function firstOfEach(needed: readonly Needed[]): Needed[] {
  return needed.filter(({ scope }, index) => needed.findIndex((each) => each.scope === scope) === index);
}

/** What it takes to read rows and to write them: one of these. */
const operations = { read: ['read', 'admin'], write: ['write', 'delete', 'admin'] } as const;

/** Kiket goes by two lists: `permissions`, and what custom_data.permissions allow with each module. */
function* lackingOperations({ extension }: ManifestFile, needed: readonly Needed[]): Iterable<Problem> {
  const granted = new Set(moduleOperations(extension));
  for (const verb of ['read', 'write'] as const) {
    const first = needed.find(({ scope }) => scope === `custom_data:${verb}`);
    if (first === undefined || operations[verb].some((operation) => granted.has(operation))) continue;
    const message = `This ${verb}s rows, and custom_data.permissions in the manifest allow that with no module.`;
    const hint = `Add ${verb} to the operations of the module there.`;
    yield error('operation-missing', first.place, { message, hint });
  }
}

/** What other parts of the manifest need: rows, and events about things that one may then read. */
function declaredScopes({ extension, parsed }: ManifestFile): string[] {
  const rows = moduleOperations(extension).map((each) => `custom_data:${each === 'delete' ? 'write' : each}`);
  const events = (parsed?.hooks ?? []).map(({ name }) => `${name.split('.')[0] ?? ''}:read`);
  return [...rows, ...events, ...(events.length > 0 ? ['issues:read'] : [])];
}

function moduleOperations(extension: ManifestFile['extension']): string[] {
  const modules = asList(asMap(extension['custom_data'])['permissions']);
  return modules.flatMap((module) => asTexts(asMap(module)['operations']));
}
