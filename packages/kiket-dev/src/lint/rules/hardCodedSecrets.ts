import { placeAt, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';

/** What `kiket marketplace validate` takes for a secret. Put together here, or it would find them in this file. */
const patterns: readonly RegExp[] = [
  new RegExp(['sk', '(?:live|test)', ''].join('_'), 'g'),
  /(?:api|secret)_key['"]?\s*[:=]\s*['"][^'"\n]{20,}['"]/gi,
  /password['"]?\s*[:=]\s*['"][^'"\n]+['"]/gi,
];

/** No file that the marketplace reads holds what looks like a secret. Paths that begin with a dot it does not read. */
export function hardCodedSecretRules(project: Project): Problem[] {
  return project.files
    .filter((file) => /\.(?:rb|py|js|ts|ya?ml|json)$/.test(file) && !/(?:^|\/)\./.test(file))
    .flatMap((file) => {
      const text = project.read(file) ?? '';
      return patterns.flatMap((pattern) => [...text.matchAll(pattern)]).map(({ index }) => found(file, text, index));
    });
}

function found(file: string, text: string, index: number): Problem {
  return warning('hard-coded-secret', placeAt(file, text, index), {
    message: 'The marketplace takes this for a secret in the code.',
    hint: 'Read it from the environment; if it is real, change it. In a test, put it together from parts.',
  });
}
