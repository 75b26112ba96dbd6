import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { traverseFast, type Node, type StringLiteral } from '@babel/types';
import type { Place } from './found.ts';
import type { Project } from './project.ts';
import type { SourceFile } from './sourceFile.ts';

/** What a file imports when it runs. */
export interface Import {
  /** As it is written: `./app.ts`, `express`. */
  specifier: string;
  place: Place;
}

/** What a file imports, also as it goes along, without the types, which are gone when it runs. */
export function importsIn(source: SourceFile): Import[] {
  const found: Import[] = [];
  traverseFast(source.tree, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) found.push({ specifier: specifier.value, place: source.at(specifier) });
  });
  return found;
}

function specifierOf(node: Node): StringLiteral | undefined {
  if (node.type === 'ImportDeclaration') {
    const { importKind, specifiers, source } = node;
    const isType = (each: (typeof specifiers)[number]) => each.type === 'ImportSpecifier' && each.importKind === 'type';
    return importKind === 'type' || (specifiers.length > 0 && specifiers.every(isType)) ? undefined : source;
  }
  if (node.type === 'ExportAllDeclaration' || node.type === 'ExportNamedDeclaration') {
    return node.exportKind === 'type' ? undefined : (node.source ?? undefined);
  }
  if (node.type !== 'CallExpression') return undefined;
  const {
    callee,
    arguments: [first],
  } = node;
  const isLoad = callee.type === 'Import' || (callee.type === 'Identifier' && callee.name === 'require');
  return isLoad && first?.type === 'StringLiteral' ? first : undefined;
}

/** The package that a specifier names; `undefined` for files, for what Node brings, and for names of the project itself. */
export function packageOf(specifier: string): string | undefined {
  if (isBuiltin(specifier)) return undefined;
  return /^(?:@[\w.-]+\/)?[a-z\d][\w.-]*/.exec(specifier)?.[0];
}

/** These files, and all that they import of the project's own. */
export function filesReachedFrom(project: Project, entries: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (file: string) => {
    const source = reached.has(file) ? undefined : project.source(file);
    if (source === undefined) return;
    reached.add(file);
    for (const { specifier } of importsIn(source)) {
      const next = specifier.startsWith('.')
        ? findFile(project, posix.join(posix.dirname(file), specifier))
        : undefined;
      if (next !== undefined) visit(next);
    }
  };
  entries.forEach(visit);
  return reached;
}

/** TypeScript lets people leave the ending out, or write what the file is compiled to. */
function findFile({ files }: Project, path: string): string | undefined {
  const may = [
    path,
    `${path}.ts`,
    `${path}.js`,
    path.replace(/\.([cm]?)js$/, '.$1ts'),
    `${path}/index.ts`,
    `${path}/index.js`,
  ];
  return may.find((file) => files.includes(file));
}
