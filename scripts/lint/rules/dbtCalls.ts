import type { Project } from '../project.ts';
import { asMap, asTexts } from '../values.ts';
import { toVariable } from './configuration.ts';
import { withoutComments } from './dbtText.ts';

/** A call of one of dbt's functions with names that are written out. */
export interface Call {
  name: 'ref' | 'source' | 'env_var';
  /** For `env_var` with a default, two; the default may be anything. */
  args: readonly string[];
  file: string;
  text: string;
  /** Where in the text the call begins. */
  offset: number;
}

const calls = /\b(ref|source|env_var)\(\s*(?:'([^']*)'|"([^"]*)")\s*(?:(,)\s*(?:'([^']*)'|"([^"]*)")?)?/g;

/** The calls in a model, a macro or a description. */
export function readCalls(file: string, text: string): Call[] {
  return [...withoutComments(text).matchAll(calls)].map(
    ({ index, 1: name, 2: single, 3: double, 4: comma, 5: next, 6: nextDouble }) => ({
      name: name as Call['name'],
      args: [single ?? double ?? '', ...(comma === undefined ? [] : [next ?? nextDouble ?? ''])],
      file,
      text,
      offset: index,
    }),
  );
}

/** What Kiket puts into the environment of a dbt run; `undefined` if no manifest says which secrets there are. */
export function injectedVariables(project: Project): ReadonlySet<string> | undefined {
  const manifest = project.manifest();
  if (manifest === undefined) return undefined;
  const configuration = Object.entries(asMap(manifest.extension['configuration']));
  // Other than true or false has been told of, and is perhaps meant as true.
  const isSecret = (field: unknown) => (asMap(field)['secret'] ?? false) !== false;
  const secrets = configuration.filter(([, field]) => isSecret(field)).map(([key]) => key);
  const deployed = [manifest.value, manifest.extension].flatMap((part) =>
    asTexts(asMap(asMap(part)['deployment'])['secret_keys']),
  );
  return new Set([
    'KIKET_INSTALLATION_ID',
    'KIKET_PRODUCT_IDENTIFIER',
    'DBT_INSTALLATION_SCHEMA',
    ...[...secrets, ...deployed].map((key) => `INSTALLATION_SECRET_${toVariable(key)}`),
  ]);
}
