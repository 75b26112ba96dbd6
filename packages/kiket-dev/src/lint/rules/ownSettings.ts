import * as z from 'zod';
import { configurationFieldSchema } from '../../../../kiket-express/src/manifest/settings.ts';
import { error } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { isThisRepository } from '../thisRepository.ts';
import { asMap } from '../values.ts';
import { configurationRules } from './configuration.ts';

/**
 * The defaults of settings are what the extension's own code takes. Nothing is said where the code cannot be loaded, of
 * which the compiler says more, and of defaults of which another rule has told.
 *
 * @param load brings the extension's schema; by default that of this repository, and of no other
 */
export async function ownSettingsRules(project: Project, load = () => loadSchema(project.root)): Promise<Problem[]> {
  const manifest = project.manifest();
  const schema = manifest === undefined ? undefined : await load();
  if (manifest === undefined || schema === undefined || configurationRules(project).length > 0) return [];
  const fields = z.record(z.string(), configurationFieldSchema).safeParse(asMap(manifest.extension['configuration']));
  if (!fields.success) return [];
  const settings = Object.entries(fields.data).filter(([, { secret }]) => !secret);
  const defaults = settings.map(([key, { type, default: value }]) => [
    key,
    type === 'integer' && typeof value === 'string' ? Number(value) : (value ?? undefined),
  ]);
  const { error: refused } = schema.safeParse(Object.fromEntries(defaults));
  return (refused?.issues ?? []).map(({ path: [key = ''], message }) => {
    const place = manifest.at([...manifest.prefix, 'configuration', key, 'default']);
    const said = `The extension does not take the default of ${String(key)}: ${message}`;
    const hint = 'Change the default, or the schema in src/extension/. The server does not start with it.';
    return error('setting-default', place, { message: said, hint });
  });
}

async function loadSchema(root: string | undefined): Promise<z.ZodType | undefined> {
  if (root === undefined || !isThisRepository(root)) return undefined;
  try {
    return (await import('../../../../../src/extension.ts')).extension.settingsSchema;
  } catch {
    return undefined;
  }
}
