import { traverseFast, type Node, type ObjectPattern, type StringLiteral } from '@babel/types';
import type { Place } from './found.ts';
import { scopeOfMethod, scopeOfPath, type Client } from './scopeTable.ts';
import type { SourceFile } from './sourceFile.ts';

/** A scope that the code needs, and where. */
export interface NeededScope {
  scope: string;
  place: Place;
}

/** What a name stands for in a handler: the context's `endpoints` or `client`, or one of the endpoints' clients. */
type Kind = Client | 'endpoints' | 'client';

type Member = Extract<Node, { type: 'MemberExpression' | 'OptionalMemberExpression' }>;

const types: Readonly<Record<string, Kind>> = {
  ExtensionEndpoints: 'endpoints',
  KiketClient: 'client',
  IssuesClient: 'issues',
  CustomDataClient: 'customData',
  SlaEventsClient: 'slaEvents',
  ExtensionSecretManager: 'secrets',
};

/**
 * The scopes that a file's calls to Kiket need, as far as they can be seen without running it.
 *
 * @returns `isComplete` is false if a call goes to an address that only the running code knows
 */
export function neededScopes(source: SourceFile): { needed: NeededScope[]; isComplete: boolean } {
  const names = namedKinds(source.tree);
  const needed: NeededScope[] = [];
  let isComplete = true;
  traverseFast(source.tree, (node) => {
    if (node.type !== 'CallExpression' && node.type !== 'OptionalCallExpression') return;
    const { callee } = node;
    const args: readonly Node[] = node.arguments;
    const place = source.at(isMember(callee) ? callee.property : callee);
    const called = isMember(callee) ? memberName(callee) : nameOf(callee);
    for (const literal of declared(called, args)) needed.push({ scope: literal.value, place: source.at(literal) });
    if (!isMember(callee) || called === undefined) return;
    const kind = kindOf(callee.object, names);
    if (kind === undefined || kind === 'endpoints') return;
    const scope = kind === 'client' ? scopeOfCall(called, args[0]) : scopeOfMethod(kind, called);
    if (typeof scope === 'string') needed.push({ scope, place });
    if (kind === 'client' && scope === undefined) isComplete = false;
  });
  return { needed, isComplete };
}

/** Scopes that the code itself names: `requireScopes('a', 'b')`, `callIfAllowed(context, 'a', …)`. */
function declared(called: string | undefined, args: readonly Node[]): StringLiteral[] {
  const named = called === 'callIfAllowed' ? args.slice(1, 2) : called === 'requireScopes' ? args : [];
  return named
    .flatMap((arg): (Node | null)[] => (arg.type === 'ArrayExpression' ? arg.elements : [arg]))
    .filter((arg) => arg?.type === 'StringLiteral');
}

/** `undefined` if the address is not written in the call. `close` is no call. */
function scopeOfCall(method: string, address: Node | undefined): string | null | undefined {
  if (method === 'close') return null;
  const path = address?.type === 'TaggedTemplateExpression' ? address.quasi : address;
  if (path?.type === 'StringLiteral') return scopeOfPath(method, path.value);
  if (path?.type !== 'TemplateLiteral') return undefined;
  return scopeOfPath(method, path.quasis.map(({ value }) => value.cooked ?? '').join('x'));
}

/** What the names of a file stand for. A name that stands for two things stands for none. */
function namedKinds(tree: Node): ReadonlyMap<string, Kind> {
  const names = new Map<string, Kind | undefined>();
  const bind = (name: string, kind: Kind | undefined) =>
    void names.set(name, names.has(name) && names.get(name) !== kind ? undefined : kind);
  const known = () => new Map([...names].filter((entry): entry is [string, Kind] => entry[1] !== undefined));
  traverseFast(tree, (node) => {
    if (node.type === 'ObjectPattern') bindPattern(node, undefined, bind);
    if (node.type === 'Identifier' && node.typeAnnotation?.type === 'TSTypeAnnotation') {
      const { typeAnnotation: type } = node.typeAnnotation;
      const name = type.type === 'TSTypeReference' ? nameOf(type.typeName) : undefined;
      if (name !== undefined && Object.hasOwn(types, name)) bind(node.name, types[name]);
    }
    if (node.type !== 'VariableDeclarator' || node.init === null || node.init === undefined) return;
    const kind = kindOf(node.init, known());
    if (node.id.type === 'Identifier') bind(node.id.name, kind);
    if (node.id.type === 'ObjectPattern' && kind === 'endpoints') bindPattern(node.id, kind, bind);
  });
  return known();
}

/** `{ endpoints: { issues }, client }`: the context's parts by their names. */
function bindPattern(
  pattern: ObjectPattern,
  parent: Kind | undefined,
  bind: (name: string, kind: Kind | undefined) => void,
): void {
  for (const property of pattern.properties) {
    if (property.type !== 'ObjectProperty') continue;
    const kind = memberKind(nameOf(property.key), parent);
    if (kind === undefined) continue;
    const value = property.value.type === 'AssignmentPattern' ? property.value.left : property.value;
    if (value.type === 'Identifier') bind(value.name, kind);
    if (value.type === 'ObjectPattern' && kind === 'endpoints') bindPattern(value, kind, bind);
  }
}

/** What a part of something is, by its name. */
function memberKind(name: string | undefined, parent: Kind | undefined): Kind | undefined {
  if (parent === 'endpoints' && (name === 'issues' || name === 'secrets')) return name;
  return parent === undefined && (name === 'endpoints' || name === 'client' || name === 'secrets') ? name : undefined;
}

function kindOf(node: Node, names: ReadonlyMap<string, Kind>): Kind | undefined {
  if (node.type === 'Identifier') return names.get(node.name);
  if (node.type === 'AwaitExpression') return kindOf(node.argument, names);
  if (node.type === 'TSNonNullExpression' || node.type === 'TSAsExpression') return kindOf(node.expression, names);
  if (isMember(node)) {
    const parent = kindOf(node.object, names);
    const kind = memberKind(memberName(node), parent);
    // Other things have secrets, too.
    const isTheirs = parent === 'endpoints' || /^(?:context|ctx|endpoints)$/.test(lastName(node.object));
    return kind === 'secrets' && !isTheirs ? undefined : kind;
  }
  if (node.type !== 'CallExpression' && node.type !== 'OptionalCallExpression') return undefined;
  const { callee } = node;
  const made = isMember(callee) && kindOf(callee.object, names) === 'endpoints' ? memberName(callee) : undefined;
  return made === 'customData' || made === 'slaEvents' ? made : undefined;
}

function isMember(node: Node): node is Member {
  return node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression';
}

/** `endpoints` of `context.endpoints`. */
function lastName(node: Node): string {
  return (isMember(node) ? memberName(node) : nameOf(node)) ?? '';
}

/** `endpoints` of `context.endpoints` and of `context['endpoints']`. */
function memberName({ property, computed }: Member): string | undefined {
  if (property.type === 'StringLiteral') return property.value;
  return computed ? undefined : nameOf(property);
}

function nameOf(node: Node): string | undefined {
  return node.type === 'Identifier' ? node.name : undefined;
}
