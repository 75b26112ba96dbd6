import type { Expression, Node, ObjectExpression, SpreadElement } from '@babel/types';
import type { Place } from './found.ts';
import type { Project } from './project.ts';
import type { SourceFile } from './sourceFile.ts';

/** The file with the extension's one table of handlers. */
export const handlerFile = 'src/extension/index.ts';

/** The names in one part of the table. */
export interface Handlers {
  names: ReadonlyMap<string, Place>;
  /** Whether these are all: a spread or a computed name may bring others. */
  isComplete: boolean;
}

/** The table of handlers, as it is written. A part that is not written as an object is `undefined`. */
export interface HandlerTable {
  guards: Handlers | undefined;
  listeners: Handlers | undefined;
  actions: Handlers | undefined;
}

/** Reads the table in `src/extension/index.ts`; `undefined` if there is none that can be read without running it. */
export function readHandlerTable(project: Project): HandlerTable | undefined {
  const source = project.source(handlerFile);
  if (source === undefined) return undefined;
  const constants = new Map(source.tree.program.body.flatMap(constantsOf));
  const table = objectOf(constants.get('extension'));
  if (table === undefined) return undefined;
  const part = (name: string): Handlers | undefined => {
    const property = table.properties.find((each) => nameOf(each) === name);
    if (property === undefined)
      return table.properties.some(isOpen) ? undefined : { names: new Map(), isComplete: true };
    const value = property.type === 'ObjectProperty' ? (property.value as Expression) : undefined;
    const object = objectOf(value?.type === 'Identifier' ? constants.get(value.name) : value);
    return object === undefined ? undefined : readNames(source, object);
  };
  return { guards: part('guards'), listeners: part('listeners'), actions: part('actions') };
}

function readNames(source: SourceFile, object: ObjectExpression): Handlers {
  const named = object.properties.flatMap((property) => {
    const name = nameOf(property);
    return name === undefined ? [] : [[name, source.at(property)] as const];
  });
  return { names: new Map(named), isComplete: !object.properties.some(isOpen) };
}

/** The constants of a module with what they are. */
function constantsOf(statement: Node): [string, Expression][] {
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (declaration?.type !== 'VariableDeclaration') return [];
  return declaration.declarations.flatMap(({ id, init }) =>
    id.type === 'Identifier' && init !== null && init !== undefined ? [[id.name, init] as [string, Expression]] : [],
  );
}

function objectOf(value: Expression | undefined): ObjectExpression | undefined {
  if (value === undefined) return undefined;
  if (value.type === 'ObjectExpression') return value;
  if (value.type === 'TSAsExpression' || value.type === 'TSSatisfiesExpression') return objectOf(value.expression);
  const [first] = value.type === 'CallExpression' ? value.arguments : [];
  // Object.freeze({ … })
  return first?.type === 'ObjectExpression' ? first : undefined;
}

function isOpen(property: ObjectExpression['properties'][number]): boolean {
  return nameOf(property) === undefined;
}

function nameOf(property: ObjectExpression['properties'][number] | SpreadElement): string | undefined {
  if (property.type === 'SpreadElement' || property.computed) return undefined;
  if (property.key.type === 'Identifier') return property.key.name;
  return property.key.type === 'StringLiteral' ? property.key.value : undefined;
}
