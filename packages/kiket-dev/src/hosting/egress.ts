import { isIP } from 'node:net';
import { parse } from 'yaml';

/** A host that the extension calls, and the setting that names it. */
export interface NamedHost {
  host: string;
  setting: string;
}

/** A host name as egress accepts it: no scheme, port, path, wildcard or IP address. */
export const hostName = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Says what's wrong with a host for egress, and what to write; `undefined` if it's valid. */
export function findEgressProblem(host: string): string | undefined {
  if (hostName.test(host)) return undefined;
  const inside = /^(?:[a-z+]+:\/\/)?(?:[^/@]*@)?([^/:?#@]+)/i.exec(host)?.[1] ?? '';
  const hint = hostName.test(inside) ? `Write --egress ${inside}.` : 'Write a name such as api.example.com.';
  // A URL can contain a password.
  const shown = host.replace(/^.*@/, '');
  return `Invalid --egress ${shown}: it takes a host name, without scheme, port, path or wildcards. ${hint}`;
}

/**
 * Finds the hosts in the settings, each with the first setting that names it. Kiket itself is always allowed, and hosts
 * on this machine don't matter where the extension will run. IP addresses are found too, although egress doesn't accept
 * them.
 *
 * @param settings environment variables by name
 * @param manifest its text, because defaults of settings can name hosts too
 */
export function findNamedHosts(settings: Readonly<Record<string, string | undefined>>, manifest: string): NamedHost[] {
  const { extension } = parse(manifest) as { extension?: { configuration?: Record<string, { default?: unknown }> } };
  const defaults = Object.entries(extension?.configuration ?? {}).map(([key, field]) => [
    `KIKET_SETTING_${key.toUpperCase()}`,
    typeof field.default === 'string' ? field.default : '',
  ]);
  const values = { ...Object.fromEntries(defaults), ...settings } as Record<string, string | undefined>;
  const hosts = new Map<string, string>();
  for (const [setting, value = ''] of Object.entries(values)) {
    const host = isCalled(setting) ? calledHost(value, settings['KIKET_BASE_URL']) : undefined;
    if (host !== undefined && !hosts.has(host)) hosts.set(host, setting);
  }
  return [...hosts].map(([host, setting]) => ({ host, setting }));
}

/**
 * Whether the extension calls the host in a variable. It doesn't call its own address, and Kiket needs no permission.
 */
export function isCalled(variable: string): boolean {
  return /^(?:DATABASE_URL|KIKET_SDK_TELEMETRY_URL|KIKET_SETTING_\w+)$/.test(variable);
}

/** The host of a URL, if it's neither this machine nor Kiket. Nothing else of the URL, which can contain a password. */
export function calledHost(value: string, kiket = ''): string | undefined {
  const host = hostOf(value);
  if (host === undefined || host === hostOf(kiket) || /(?:^|\.)kiket\.dev$/.test(host)) return undefined;
  if (isAddress(host)) return /^(?:127\.|0\.0\.0\.0$|\[::1?\]$)/.test(host) ? undefined : host;
  return hostName.test(host) ? host : undefined;
}

/** Whether it's an IP address, which egress doesn't accept. */
export function isAddress(host: string): boolean {
  return isIP(host.replaceAll(/[[\]]/g, '')) !== 0;
}

function hostOf(value: string): string | undefined {
  return URL.canParse(value) ? new URL(value).hostname.toLowerCase() : undefined;
}
