import { calledHost, isCalled } from '../../hosting/egress.ts';
import type { Place } from '../found.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asMap } from '../values.ts';

/** A host that the extension may call. */
export interface NamedHost {
  host: string;
  place: Place;
  /** What names it, for people. */
  named: string;
}

/** The hosts that defaults of settings name, and those in `.env.example`. */
export function namedHosts(project: Project, manifest: ManifestFile): NamedHost[] {
  const fields = Object.entries(asMap(manifest.extension['configuration'])).map(([key, field]) => ({
    value: asMap(field)['default'],
    place: manifest.at([...manifest.prefix, 'configuration', key, 'default']),
    named: `The default of ${key}`,
  }));
  const lines = (project.read('.env.example') ?? '').split('\n').map((line, index) => {
    const [, named = '', value] = /^([A-Z]\w*)=(.*)$/.exec(line) ?? [];
    return { value, place: { file: '.env.example', line: index + 1, column: 1 }, named };
  });
  const kiket = lines.find(({ named }) => named === 'KIKET_BASE_URL')?.value;
  return [...fields, ...lines.filter(({ named }) => isCalled(named))].flatMap(({ value, place, named }) => {
    const host = typeof value === 'string' ? calledHost(value.trim(), kiket) : undefined;
    return host === undefined ? [] : [{ host, place, named }];
  });
}
