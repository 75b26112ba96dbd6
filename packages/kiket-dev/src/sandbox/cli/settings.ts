import { readEnvironment, type Io } from '../../commandLine.ts';
import { installExtension } from '../extension.ts';

/** The settings, by key, that an extension takes from the environment and from `.env`. */
export function ownSettings(root: string, io: Io): Record<string, string> {
  const environment = readEnvironment(io);
  return Object.fromEntries(
    installExtension(root).settingKeys.flatMap((key) => {
      const value = environment[`KIKET_SETTING_${key.toUpperCase()}`] ?? '';
      return value === '' ? [] : [[key, value]];
    }),
  );
}

/** Blank settings for an extension, which count as not set. */
export function blankEnvironment(root: string): Record<string, string> {
  const { settingKeys, secretKeys } = installExtension(root);
  const names = [
    ...settingKeys.map((key) => `KIKET_SETTING_${key.toUpperCase()}`),
    ...secretKeys.map((key) => `KIKET_SECRET_${key.toUpperCase()}`),
    'KIKET_SDK_TELEMETRY_URL',
  ];
  return Object.fromEntries(names.map((name) => [name, '']));
}
