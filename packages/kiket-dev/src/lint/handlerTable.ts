import { join } from 'node:path';
import type * as z from 'zod';
import { importTypeScript } from '../project.ts';

/** The names in the extension's table. */
export interface HandlerTable {
  /** The file that it's in. */
  file: string;
  guards: Readonly<Record<string, never>>;
  listeners: Readonly<Record<string, never>>;
  actions: Readonly<Record<string, never>>;
  settingsSchema?: z.ZodType<Readonly<Record<string, unknown>>>;
  /** Why the file couldn't be imported, if it couldn't. */
  problem?: string;
}

/** Where an extension in TypeScript has its table. Tables in other languages can't be read. */
const file = 'src/extension.ts';

/** Imports the table of the extension in a folder; `undefined` if the file doesn't exist. */
export async function importTable(root: string, files: readonly string[]): Promise<HandlerTable | undefined> {
  if (!files.includes(file)) return undefined;
  const none = { file, guards: {}, listeners: {}, actions: {} };
  try {
    const module = await importTypeScript(join(root, file));
    const table = module['extension'] ?? module['default'];
    if (typeof table === 'object' && table !== null) return { ...none, ...table };
    return { ...none, problem: 'It exports neither "extension" nor a default' };
  } catch (cause) {
    return { ...none, problem: cause instanceof Error ? cause.message : String(cause) };
  }
}
