import * as z from 'zod';
import { SetupError } from '../../../../kiket-express/src/receive/errors.ts';
import { configurationFieldSchema, loadSettings } from '../../../../kiket-express/src/manifest/settings.ts';
import { error, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { dynamicTypes } from '../shapes/configuration.ts';
import { asList, asMap, asText } from '../values.ts';

const dynamic: ReadonlySet<unknown> = new Set(dynamicTypes);

/** Settings have defaults of their own kind; secrets have names that can be variables, and say what they are for. */
export function configurationRules(project: Project): Problem[] {
  const manifest = project.manifest();
  if (manifest === undefined) return [];
  const fields = Object.entries(asMap(manifest.extension['configuration']));
  return [...fields.flatMap(([key, field]) => checkField(manifest, key, asMap(field))), ...olderSecrets(manifest)];
}

function checkField(manifest: ManifestFile, key: string, field: Readonly<Record<string, unknown>>): Problem[] {
  const path = [...manifest.prefix, 'configuration', key];
  const fields = field['secret'] === true ? secret(manifest, path, field) : setting(manifest, path, field);
  if (!dynamic.has(field['type']) || !Object.hasOwn(field, 'options')) return fields;
  const message = `The options of ${key} are never shown: its type is ${String(field['type'])}, which Kiket fills itself.`;
  const hint = 'Remove the options, or choose another type.';
  return [...fields, warning('options-unused', manifest.keyAt([...path, 'options']), { message, hint })];
}

function secret(manifest: ManifestFile, path: string[], field: Readonly<Record<string, unknown>>): Problem[] {
  const key = path.at(-1) ?? '';
  const place = manifest.keyAt(path);
  const found = asText(field['description']) === undefined ? [undescribed(key, place)] : [];
  if (!/^[A-Z][A-Z0-9_]*$/.test(key)) {
    const message = `The secret ${key} is not in capitals with underscores, so Kiket's SDKs do not agree on its variable.`;
    found.push(warning('secret-name', place, { message, hint: `Call it ${toVariable(key)}.` }));
  }
  if (asText(field['default']) !== undefined || Array.isArray(field['default'])) {
    const message = `The secret ${key} has a default, which everybody can read.`;
    found.push(
      error('secret-default', manifest.at([...path, 'default']), {
        message,
        hint: 'Remove it, and change that secret.',
      }),
    );
  }
  return found;
}

/** The default is what the runtime would take: its own code says so. */
function setting(manifest: ManifestFile, path: string[], field: Readonly<Record<string, unknown>>): Problem[] {
  const key = path.at(-1) ?? '';
  const parsed = configurationFieldSchema.safeParse(field);
  if (!parsed.success) return [];
  const place = manifest.at([...path, 'default']);
  try {
    loadSettings({ [key]: parsed.data }, {}, z.record(z.string(), z.unknown()));
    return [];
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause;
    const said = cause.problems.map((text) => text.slice(text.indexOf(' ') + 1)).join(' ');
    const hint = 'Change the default, or what the field allows. The server does not start with it.';
    return [error('setting-default', place, { message: `The default of ${key} ${said}`, hint })];
  }
}

/** The older list form of secrets. */
function olderSecrets(manifest: ManifestFile): Problem[] {
  return asList(manifest.extension['secrets']).flatMap((entry, index) => {
    const { key, description } = asMap(entry);
    const place = manifest.at([...manifest.prefix, 'secrets', index]);
    return asText(description) === undefined ? [undescribed(String(key), place)] : [];
  });
}

function undescribed(key: string, place: Parameters<typeof warning>[1]): Problem {
  const message = `The secret ${key} has no description.`;
  return warning('secret-description', place, { message, hint: 'Say what it is for and where people get it.' });
}

/** A key as environment variables have it: capitals, and one underscore for everything else. */
export function toVariable(key: string): string {
  return key
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
}
