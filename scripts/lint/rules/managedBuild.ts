import type { File } from '@babel/types';
import { error, startOf, type Place } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { readSource } from '../sourceFile.ts';
import { asMap, asText } from '../values.ts';

/** Commands whose package has another name. */
const packages: Readonly<Record<string, string>> = { tsc: 'typescript', swc: '@swc/cli' };

/**
 * Managed builds install production dependencies alone, run `npm run build` where there is a tsconfig.json, swallow its
 * errors and start `node dist/index.js`. So a compiler among the development dependencies ends in a server that is not there.
 */
export function compilerRules(project: Project): Problem[] {
  const json = project.yaml('package.json');
  if (json?.value === undefined) return [];
  const { scripts, dependencies, devDependencies } = asMap(json.value);
  const build = asText(asMap(scripts)['build']);
  if (build === undefined) {
    const message = 'Managed builds run `npm run build`, and there is no such script.';
    return [
      error('hosting-build', json.at(['scripts']), { message, hint: 'Add a build script that writes dist/index.js.' }),
    ];
  }
  const found = project.files.includes('tsconfig.json') ? [] : [withoutConfig()];
  const [needed, dev] = [asMap(dependencies), asMap(devDependencies)];
  const place = (name: string): Place => json.keyAt(['devDependencies', name]);
  const missing = requiredBy(project, build)
    .filter((name) => !Object.hasOwn(needed, name) && Object.hasOwn(dev, name))
    .map((name) =>
      error('hosting-compiler', place(name), {
        message: `The build needs ${name}, and managed builds have no development dependencies. Its failure would be hidden.`,
        hint: `Move ${name} to dependencies: npm install --save-prod --save-exact ${name}.`,
      }),
    );
  return [...found, ...missing];
}

function withoutConfig(): Problem {
  const message = 'Managed builds run `npm run build` only where there is a tsconfig.json.';
  return error('hosting-build', startOf('tsconfig.json'), { message, hint: 'Add one, or commit dist/.' });
}

/** The packages that a build script uses: its commands, and what the files that it runs import. */
function requiredBy(project: Project, build: string): string[] {
  return build.split(/&&|\|\||;/).flatMap((part) => {
    const [command = '', ...args] = part.trim().split(/\s+/);
    if (command !== 'node') return [packages[command] ?? command];
    const file = args.find((arg) => !arg.startsWith('-'))?.replace(/^\.\//, '');
    const text = file === undefined ? undefined : project.read(file);
    const source = file === undefined || text === undefined ? undefined : readSource(file, text);
    return source === undefined ? [] : importedBy(source.tree);
  });
}

function importedBy({ program }: File): string[] {
  return program.body
    .flatMap((statement) => (statement.type === 'ImportDeclaration' ? statement.source.value : []))
    .filter((name) => !/^(?:[./]|node:)/.test(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}
