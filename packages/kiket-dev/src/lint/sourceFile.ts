import { parse, type ParseResult } from '@babel/parser';
import type { Node } from '@babel/types';
import type { Place } from './found.ts';

/** A TypeScript file as a tree. */
export interface SourceFile {
  file: string;
  tree: ParseResult;
  /** Where a node begins. */
  at: (node: Node) => Place;
}

/** Parses TypeScript; `undefined` for what is none, of which the compiler says more. */
export function readSource(file: string, text: string): SourceFile | undefined {
  try {
    const tree = parse(text, { sourceType: 'module', plugins: ['typescript'] });
    const at = ({ loc }: Node) => ({ file, line: loc?.start.line ?? 1, column: (loc?.start.column ?? 0) + 1 });
    return { file, tree, at };
  } catch {
    return undefined;
  }
}
