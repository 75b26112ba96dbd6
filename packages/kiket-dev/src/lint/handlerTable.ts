import { join } from 'node:path';
import type * as z from 'zod';
import { importTypeScript } from '../project.ts';

/** The extension's one table, by the names in it. */
export interface HandlerTable {
  /** The file that it is in. */
  file: string;
  guards: Readonly<Record<string, never>>;
  listeners: Readonly<Record<string, never>>;
  actions: Readonly<Record<string, never>>;
  settingsSchema?: z.ZodType<Readonly<Record<string, unknown>>>;
  /** Why the file could not be imported, if it could not. */
  problem?: string;
}

/** Where an extension in TypeScript has its table. An extension in another language has none that could be read. */
const file = 'src/extension.ts';

/** Imports the table of the extension in a folder; `undefined` if there is no such file. */
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
