import { missingScopes } from '../../../../kiket-express/src/client/scopes.ts';
import { error, warning } from '../found.ts';
import { namedIn } from '../named.ts';
import { neededScopes, type NeededScope } from '../neededScopes.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asList, asMap, asTexts } from '../values.ts';

const folder = 'src/extension/';

/** The manifest asks for what the extension's code needs, and for nothing else. */
export function permissionRules(project: Project): Problem[] {
  const manifest = project.manifest();
  if (manifest === undefined) return [];
  const sources = sourcesOf(project);
  if (sources.length === 0) return [];
  const permissions = asList(manifest.extension['permissions']);
  if (permissions.some((permission) => typeof permission !== 'string')) return [];
  const granted = asTexts(permissions);
  const read = sources.map((source) =>
    source === undefined ? { needed: [], isComplete: false } : neededScopes(source),
  );
  const needed = read.flatMap((each) => each.needed);
  const lacking = read
    .flatMap((each) => firstOfEach(each.needed))
    .filter(({ scope }) => missingScopes([scope], granted).length > 0);
  const isComplete = read.every((each) => each.isComplete);
  return [
    ...lacking.map(describeLacking),
    ...(isComplete ? unused(manifest, granted, needed) : []),
    ...lackingOperations(manifest, needed),
  ];
}

/** Whether the extension's code writes rows, as far as it can be seen. */
export function writesRows(project: Project): boolean {
  return sourcesOf(project).some(
    (source) => source !== undefined && neededScopes(source).needed.some(({ scope }) => scope === 'custom_data:write'),
  );
}

function sourcesOf(project: Project) {
  return project.files.filter((file) => file.startsWith(folder) && file.endsWith('.ts')).map(project.source);
}

/** One for each scope: a file that comments in three places lacks one permission. */
function firstOfEach(needed: readonly NeededScope[]): NeededScope[] {
  return needed.filter(({ scope }, index) => needed.findIndex((each) => each.scope === scope) === index);
}

function describeLacking({ scope, place }: NeededScope): Problem {
  const message = `This needs ${scope}, which the manifest does not ask for, so Kiket would refuse it.`;
  return error('permission-missing', place, { message, hint: `Add ${scope} to permissions in the manifest.` });
}

/** What it takes to read rows and to write them: one of these. */
const operations = { read: ['read', 'admin'], write: ['write', 'delete', 'admin'] } as const;

/** Kiket goes by two lists: `permissions`, and what custom_data.permissions allow with each module. */
function lackingOperations({ extension }: ManifestFile, needed: readonly NeededScope[]): Problem[] {
  const modules = asList(asMap(extension['custom_data'])['permissions']);
  const granted = new Set(modules.flatMap((module) => asTexts(asMap(module)['operations'])));
  return (['read', 'write'] as const).flatMap((verb) => {
    const first = needed.find(({ scope }) => scope === `custom_data:${verb}`);
    if (first === undefined || operations[verb].some((operation) => granted.has(operation))) return [];
    const message = `This ${verb}s rows, and custom_data.permissions in the manifest allow that with no module.`;
    const hint = `Add ${verb} to the operations of the module there.`;
    return [error('operation-missing', first.place, { message, hint })];
  });
}

function unused(manifest: ManifestFile, granted: readonly string[], needed: readonly NeededScope[]): Problem[] {
  const wanted = [...needed.map(({ scope }) => scope), ...declaredScopes(manifest)];
  return granted.flatMap((permission, index) => {
    if (permission.includes('*') || wanted.some((scope) => missingScopes([scope], [permission]).length === 0))
      return [];
    const message = `Nothing in ${folder} needs ${permission}.`;
    const hint = 'Remove it: people who install the extension are asked for what it does not need.';
    return [warning('permission-unused', manifest.at([...manifest.prefix, 'permissions', index]), { message, hint })];
  });
}

/** What other parts of the manifest need: rows, and events about things that one may then read. */
function declaredScopes(manifest: ManifestFile): string[] {
  const rows = asList(asMap(manifest.extension['custom_data'])['permissions'])
    .flatMap((permission) => asTexts(asMap(permission)['operations']))
    .map((operation) => (operation === 'delete' ? 'custom_data:write' : `custom_data:${operation}`));
  const events = namedIn(manifest).filter(({ kind }) => kind === 'hook');
  return [...rows, ...events.flatMap(({ name }) => [`${name.split('.')[0] ?? ''}:read`, 'issues:read'])];
}
