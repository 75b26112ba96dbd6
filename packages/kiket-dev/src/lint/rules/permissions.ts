import { endpointScopes, missingScopes } from 'kiket-express/manifest';
import { error, placeAt, warning, type Place, type Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asList, asMap, asTexts } from '../values.ts';

/** A scope that a handler needs, and where. */
interface Needed {
  scope: string;
  place: Place;
}

/** Calls of handlers that don't name an endpoint, and their scopes. */
const words = [
  [/\bissue\s*\??\.\s*(?=field\s*\()/g, 'issues:read'],
  [/(?<![\w.'])(?=writeRow\s*\()/g, 'custom_data:write'],
  [/\bawait (?=comment\s*\()/g, 'comments:write'],
] as const;

/** The manifest asks for exactly the scopes that the code needs. */
export function* permissionRules(project: Project): Iterable<Problem> {
  const manifest = project.manifest();
  const files = project.files.filter((file) => /^src\/.*\.ts$/.test(file));
  const sources = files.map((file) => ({ file, text: project.read(file) ?? '' }));
  if (manifest === undefined || sources.length === 0) return;
  const granted = asTexts(manifest.extension['permissions']);
  const needed = sources.flatMap(({ file, text }) => neededIn(file, text));
  const isFirst = ({ scope, place: { file } }: Needed, index: number) =>
    needed.findIndex((each) => each.scope === scope && each.place.file === file) === index;
  for (const { scope, place } of needed.filter(isFirst)) {
    if (missingScopes([scope], granted).length === 0) continue;
    const message = `This needs ${scope}, which the manifest doesn't ask for, so Kiket refuses the call.`;
    yield error('permission-missing', place, message, `Add ${scope} to permissions in the manifest.`);
  }
  // The scopes of other paths can't be told from the text, and neither can those of unreadable hooks.
  if (manifest.parsed === undefined) return;
  if (sources.some(({ text }) => /\b(?:client|kiket)\s*\.\s*(?:get|post|put|patch|delete)\b/.test(text))) return;
  const wanted = [...needed.map(({ scope }) => scope), ...declaredScopes(manifest)];
  for (const [index, permission] of granted.entries()) {
    if (permission.includes('*') || wanted.some((scope) => missingScopes([scope], [permission]).length === 0)) continue;
    const hint = "Remove it: people who install the extension are asked for what it doesn't need.";
    const place = manifest.placeOf('permissions', index);
    yield warning('permission-unused', place, `No handler uses ${permission}.`, hint);
  }
}

/**
 * The scopes that a file needs: those of the endpoints that it calls, even through a variable, those of
 * `issue.field()`, `writeRow()` and `comment()`, and those that it names itself in `ifAllowed` and `requireScopes`.
 */
function neededIn(file: string, source: string): Needed[] {
  const text = source.replaceAll(/\/\*[^]*?\*\/|(?<!:)\/\/.*/g, (comment) => comment.replaceAll(/\S/g, ' '));
  const at = (scope: string, offset: number) => ({ scope, place: placeAt(file, source, offset), offset });
  const calls = Object.entries(endpointScopes).flatMap(([client, scopes]) => {
    const given = new RegExp(String.raw`\b(?:const|let) (\w+) = (?:await )?[\w.]*\b${client}(?:\([^()]*\))?;`, 'g');
    const aliases = [...text.matchAll(given)].map(([, name = '']) => String.raw`\b${name}\b`);
    // Other objects have secrets too: `vault.secrets`.
    const own = String.raw`(?<=[^\w.]|^|\b(?:context|endpoints|kiket)\s*\??\.\s*)${client}\b(?:\([^()]*\))?`;
    const call = String.raw`(?:${[own, ...aliases].join('|')})\s*\??\.\s*(${Object.keys(scopes).join('|')})\s*\(`;
    return [...text.matchAll(new RegExp(call, 'g'))].flatMap(({ 0: all, 1: method = '', index }) => {
      const scope = (scopes as Readonly<Record<string, string | null>>)[method];
      return scope ? [at(scope, index + all.lastIndexOf(method))] : [];
    });
  });
  const named = [...text.matchAll(/\b(?:ifAllowed|requireScopes)\s*\([^;]*?(?=\)\s*;|=>)/g)].flatMap((match) =>
    [...match[0].matchAll(/'([a-z_]+[:.][a-z_]+)'/g)].map(({ 1: scope = '', index }) => at(scope, match.index + index)),
  );
  const worded = words.flatMap(([word, scope]) =>
    [...text.matchAll(word)].map(({ 0: all, index }) => at(scope, index + all.length)),
  );
  return [...calls, ...named, ...worded].toSorted((one, other) => one.offset - other.offset);
}

/** What other parts of the manifest need: rows, and reading the subjects of events. */
function declaredScopes({ extension, parsed }: ManifestFile): string[] {
  const modules = asList(asMap(extension['custom_data'])['permissions']);
  const operations = modules.flatMap((module) => asTexts(asMap(module)['operations']));
  const rows = operations.map((each) => `custom_data:${each === 'delete' ? 'write' : each}`);
  const events = (parsed?.hooks ?? []).map(({ name }) => `${name.split('.')[0] ?? ''}:read`);
  return [...rows, ...events, ...(events.length > 0 ? ['issues:read'] : [])];
}
