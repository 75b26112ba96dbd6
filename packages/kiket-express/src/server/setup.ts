import { fileURLToPath } from 'node:url';
import {
  findMisspelled,
  loadConfig,
  secretPrefix,
  settingOverrides,
  type ConfigOptions,
  type Environment,
} from './config.ts';
import type { Extension, Settings } from '../extension/extension.ts';
import { SetupError } from '../errors.ts';
import { requireHandlers } from '../extension/handlers.ts';
import { secretName } from '../extension/secrets.ts';
import { loadManifest } from '../manifest/manifest.ts';
import { loadSettings, settingPrefix } from '../manifest/settings.ts';

/** Says why the extension can't start, for people. */
export function describeProblems({ problems }: SetupError): string {
  return `The extension can't start:\n${problems.map((line) => `  - ${line}\n`).join('')}`;
}

/** An extension and its folder. */
export interface Project<S extends Settings> {
  /** The folder with `.kiket/`: a path, or a URL such as `new URL('..', import.meta.url)`. */
  root: string | URL;
  extension: Extension<S>;
}

/**
 * Reads the manifest, the environment and the settings, or throws one {@link SetupError} with all their problems.
 *
 * @param options as for `loadConfig()`
 */
export function loadSetup<S extends Settings>(
  { root, extension }: Project<S>,
  env: Environment,
  options: ConfigOptions = {},
) {
  const manifest = loadManifest(root instanceof URL ? fileURLToPath(root) : root);
  const found: string[] = [];
  const attempt = <Value>(load: () => Value): Value | undefined => {
    try {
      return load();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      found.push(...error.problems);
      return undefined;
    }
  };
  attempt(() => requireHandlers(manifest, extension));
  const config = attempt(() => loadConfig(env, manifest.secretVariable, options));
  const overrides = attempt(() => settingOverrides(env));
  const settings =
    overrides && attempt(() => loadSettings(manifest.configuration, overrides, extension.settingsSchema));
  const { secretVariable, configuration } = manifest;
  const ofManifest = Object.entries(configuration).map(([key, { secret }]) =>
    secret ? secretPrefix + secretName(key) : settingPrefix + key.toUpperCase(),
  );
  const named = [secretVariable, `${secretVariable}_PREVIOUS`, ...ofManifest];
  const misspelled = findMisspelled(env, options.ownNames ?? [], named);
  if (config === undefined || overrides === undefined || settings === undefined || found.length > 0)
    throw new SetupError([...found, ...misspelled]);
  return { manifest, config, overrides, settings, misspelled };
}
