import type { Place } from '../found.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asMap } from '../values.ts';

/** A host that the extension may call. */
export interface NamedHost {
  host: string;
  place: Place;
  /** What names it, for people. */
  named: string;
  /** Whether it is named as an example only. */
  isExample: boolean;
}

/** Kiket itself needs no permission, and the extension does not call its own address. */
const exempt = new Set(['KIKET_BASE_URL', 'EXTENSION_BASE_URL']);

/** The hosts that defaults and examples of settings name, and those in `.env.example`. */
export function namedHosts(project: Project, manifest: ManifestFile): NamedHost[] {
  const fields = Object.entries(asMap(manifest.extension['configuration'])).flatMap(([key, field]) =>
    ['default', 'placeholder'].flatMap((name) => {
      const place = manifest.at([...manifest.prefix, 'configuration', key, name]);
      const named = `The ${name} of ${key}`;
      return hostsIn(asMap(field)[name]).map((host) => ({ host, place, named, isExample: name === 'placeholder' }));
    }),
  );
  const lines = (project.read('.env.example') ?? '').split('\n').flatMap((line, index) => {
    const [, name = '', value] = /^([A-Z]\w*)=(.*)$/.exec(line) ?? [];
    const place = { file: '.env.example', line: index + 1, column: 1 };
    return exempt.has(name) ? [] : hostsIn(value).map((host) => ({ host, place, named: name, isExample: false }));
  });
  return [...fields, ...lines];
}

/** The hosts of the URLs in a value. What is on the same machine, or only known at run time, is none. */
function hostsIn(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  return [...value.matchAll(/\b[a-z][a-z0-9+.-]*:\/\/(?:[^/?#\s@"',]*@)?([^/:?#\s"',]+)/gi)]
    .map(([, host = '']) => host.toLowerCase())
    .filter(
      (host) =>
        host.includes('.') && !/^(?:127\.\d|0\.0\.0\.0)|[{}$<>[\]]/.test(host) && !/(?:^|\.)kiket\.dev$/.test(host),
    );
}
