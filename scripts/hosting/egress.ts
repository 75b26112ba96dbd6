import { isIP } from 'node:net';
import { parse } from 'yaml';

/** A host that the extension calls, and the setting that names it. */
export interface NamedHost {
  host: string;
  setting: string;
}

const hostName = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Says what is wrong with a host of egress, and what to write; `undefined` if it is one. */
export function findEgressProblem(host: string): string | undefined {
  if (hostName.test(host)) return undefined;
  const inside = /^(?:[a-z+]+:\/\/)?(?:[^/@]*@)?([^/:?#@]+)/i.exec(host)?.[1] ?? '';
  const hint = hostName.test(inside) ? `Write --egress ${inside}.` : 'Write a name such as api.example.com.';
  // A URL may hold a password.
  const shown = host.replace(/^.*@/, '');
  return `--egress ${shown} is no host name: it has no scheme, no port, no path and no wildcard. ${hint}`;
}

/**
 * Finds the hosts that settings name, each with the first setting that does. Kiket itself is always reached, and what is
 * on this machine says nothing about where the extension will run.
 *
 * @param settings environment variables by name
 * @param manifest its text: defaults of settings can name hosts too
 */
export function findNamedHosts(settings: Readonly<Record<string, string | undefined>>, manifest: string): NamedHost[] {
  const isKept = (name: string) => /^(?:DATABASE_URL|KIKET_SDK_TELEMETRY_URL|KIKET_SETTING_\w+)$/.test(name);
  const { extension } = parse(manifest) as { extension?: { configuration?: Record<string, { default?: unknown }> } };
  const defaults = Object.entries(extension?.configuration ?? {}).map(([key, field]) => [
    `KIKET_SETTING_${key.toUpperCase()}`,
    typeof field.default === 'string' ? field.default : '',
  ]);
  const values = { ...Object.fromEntries(defaults), ...settings } as Record<string, string | undefined>;
  const kiket = hostOf(settings['KIKET_BASE_URL'] ?? 'https://kiket.dev');
  const hosts = new Map<string, string>();
  for (const [setting, value = ''] of Object.entries(values).filter(([name]) => isKept(name))) {
    const host = hostOf(value);
    if (host === undefined || host === kiket || hosts.has(host)) continue;
    hosts.set(host, setting);
  }
  return [...hosts].map(([host, setting]) => ({ host, setting }));
}

/** The host of a URL, if others can reach it. */
function hostOf(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined;
  const host = new URL(value).hostname.toLowerCase();
  return hostName.test(host) && isIP(host) === 0 ? host : undefined;
}
