import { startOf, type error } from '../found.ts';
import { packagesNeededBy } from '../npmScripts.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asMap, asText } from '../values.ts';
import { moveHint, onlyForDevelopment } from './dependencies.ts';

/**
 * Managed builds install production dependencies alone, run `npm run build` where there is a tsconfig.json, swallow its
 * errors and start `node dist/index.js`. So a compiler among the development dependencies ends in a server that is not there.
 *
 * @param tell how grave it is: hosted elsewhere, the extension is only not ready for managed hosting
 */
export function managedBuildRules(project: Project, tell: typeof error): Problem[] {
  const json = project.yaml('package.json');
  if (json?.value === undefined) return [];
  const build = asText(asMap(asMap(json.value)['scripts'])['build']);
  if (build === undefined) {
    const message = 'Managed builds run `npm run build`, and there is no such script.';
    return [
      tell('hosting-build', json.at(['scripts']), { message, hint: 'Add a build script that writes dist/index.js.' }),
    ];
  }
  const found = project.files.includes('tsconfig.json') ? [] : [withoutConfig(tell)];
  const missing = onlyForDevelopment(project, packagesNeededBy(project, 'npm run build')).map(({ name, place }) => {
    const message = `The build needs ${name}, and managed builds have no development dependencies. Its failure would be hidden.`;
    return tell('hosting-compiler', place, { message, hint: moveHint(name) });
  });
  return [...found, ...missing];
}

function withoutConfig(tell: typeof error): Problem {
  const message = 'Managed builds run `npm run build` only where there is a tsconfig.json.';
  return tell('hosting-build', startOf('tsconfig.json'), { message, hint: 'Add one, or commit dist/.' });
}
