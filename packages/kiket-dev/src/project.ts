// The project of a command, whichever of its folders the command runs in.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { startServer } from 'kiket-express';
import { findManifest } from 'kiket-express/manifest';

/** What kiket-express's `startServer` serves: a root, an extension and its app. */
export type Served = Parameters<typeof startServer>[0];

/** The folder with the manifest: this one, or the nearest one above it. `undefined` if there is none. */
export function findRoot(cwd: string): string | undefined {
  if (hasManifest(cwd)) return cwd;
  const above = dirname(cwd);
  return above === cwd ? undefined : findRoot(above);
}

/**
 * The folder with the manifest, as {@link findRoot} finds it.
 *
 * @throws Error that says where to put a manifest if there is none
 */
export function requireRoot(cwd: string): string {
  const root = findRoot(cwd);
  if (root !== undefined) return root;
  throw new Error(`No manifest found in ${cwd} or a folder above it. Add .kiket/manifest.yaml.`);
}

/**
 * Loads an extension written in TypeScript from `src/extension.ts`, and its app from `src/app.ts` if it exists.
 *
 * @param root the project's folder
 * @throws Error that says what's missing
 */
export async function loadServed(root: string): Promise<Served> {
  const { extension, default: table = extension } = await importTypeScript(join(root, 'src', 'extension.ts'));
  if (table === undefined)
    throw new Error(`${root}/src/extension.ts doesn't export an extension. Make it the default export.`);
  const app = join(root, 'src', 'app.ts');
  if (!existsSync(app)) return { root, extension: table as Served['extension'] };
  const { createApp } = await importTypeScript(app);
  return { root, extension: table as Served['extension'], createApp: createApp as Served['createApp'] };
}

/**
 * Checks that a project has a file, for commands that start the extension themselves.
 *
 * @param instead what to do if it doesn't
 * @throws Error with that advice
 */
export function requireSource(root: string, name: string, instead: string): void {
  if (existsSync(join(root, 'src', name))) return;
  throw new Error(`${root} has no src/${name}, so the extension can't start from here. ${instead}`);
}

function hasManifest(folder: string): boolean {
  try {
    findManifest(folder);
    return true;
  } catch {
    return false;
  }
}

/** Imports a file of a project, even if this process can't read TypeScript by itself, like Node 20. */
export async function importTypeScript(path: string): Promise<Readonly<Record<string, unknown>>> {
  const { typescript = false } = process.features as { typescript?: false | string };
  // If this file is a source, TypeScript already works.
  if (typescript === false && import.meta.url.endsWith('.js')) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
}
