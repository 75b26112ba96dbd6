import { fileURLToPath } from 'node:url';
import { loadConfig, settingOverrides, type Environment } from './config.ts';
import { extension } from './extension/index.ts';
import { SetupError } from './kiket/errors.ts';
import { requireHandlers } from './kiket/handlers.ts';
import { loadManifest } from './kiket/manifest.ts';
import { loadSettings } from './kiket/settings.ts';

/** The folder with `.kiket/`: one above `src/` and one above `dist/`. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/** Reads manifest, environment and settings, or throws one {@link SetupError} with all that is wrong with them. */
export function loadSetup(env: Environment) {
  const manifest = loadManifest(projectRoot);
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
  const config = attempt(() => loadConfig(env, manifest.secretVariable));
  const overrides = settingOverrides(env);
  const settings = attempt(() => loadSettings(manifest.configuration, overrides, extension.settingsSchema));
  if (config === undefined || settings === undefined || found.length > 0) throw new SetupError(found);
  return { manifest, config, settings };
}
