import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as prettier from 'prettier';
import { listFiles, readText } from '../lint/trackedFiles.ts';

/**
 * The text files of a repository in memory; pictures can only be removed. Nothing is written before everything has been worked out, so that what goes
 * wrong until then changes nothing.
 */
export class Project {
  readonly #original: ReadonlyMap<string, string>;
  readonly #files: Map<string, string>;
  readonly #pictures: ReadonlySet<string>;
  readonly #removed = new Set<string>();

  readonly root: string;

  constructor(root: string) {
    this.root = root;
    const files = listFiles(root).map((path) => [path, readText(join(root, path))] as const);
    this.#original = new Map(files.filter(([, text]) => text !== ''));
    this.#files = new Map(this.#original);
    this.#pictures = new Set(files.flatMap(([path, text]) => (text === '' ? [path] : [])));
  }

  get paths(): string[] {
    return [...this.#files.keys()].toSorted();
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** A file's text; '' where there is none. */
  read(path: string): string {
    return this.#files.get(path) ?? '';
  }

  /** Writes a file, or removes it if there is no text. */
  write(path: string, text: string): void {
    if (text === '') this.remove(path);
    if (text !== '') this.#files.set(path, text);
  }

  change(path: string, change: (text: string) => string): void {
    if (this.has(path)) this.write(path, change(this.read(path)));
  }

  /** Removes a file, or everything in a folder. */
  remove(path: string): void {
    for (const each of [...this.#files.keys(), ...this.#pictures]) {
      if (each !== path && !each.startsWith(`${path}/`)) continue;
      this.#removed.add(each);
      this.#files.delete(each);
    }
  }

  /** What is to be written, by path, in the form that `npm run lint` wants; `undefined` is to be removed. */
  async changes(): Promise<Map<string, string | undefined>> {
    const changed = this.paths.filter((path) => this.read(path) !== this.#original.get(path));
    const isThere = (path: string) => this.#original.has(path) || this.#pictures.has(path);
    const removed = [...this.#removed].filter((path) => isThere(path) && !this.has(path));
    const written = await Promise.all(changed.map(async (path) => [path, await this.#format(path)] as const));
    return new Map<string, string | undefined>([...written, ...removed.map((path) => [path, undefined] as const)]);
  }

  async #format(path: string): Promise<string> {
    const file = join(this.root, path);
    const { ignored, inferredParser } = await prettier.getFileInfo(file, {
      ignorePath: join(this.root, '.prettierignore'),
    });
    if (ignored || inferredParser === null) return this.read(path);
    const config = await prettier.resolveConfig(file);
    return prettier.format(this.read(path), { ...config, filepath: file });
  }
}

/** Leaves out what `.gitignore` names, for a folder in which git can't tell: that is nobody's template. */
export async function withoutIgnored(
  root: string,
  changes: ReadonlyMap<string, string | undefined>,
): Promise<ReadonlyMap<string, string | undefined>> {
  const options = { ignorePath: join(root, '.gitignore'), withNodeModules: true, resolveConfig: false };
  const checked = [...changes].map(async (change) => {
    const { ignored } = await prettier.getFileInfo(join(root, change[0]), options);
    return ignored ? [] : [change];
  });
  return new Map((await Promise.all(checked)).flat());
}

/** Writes changes into a folder. Files keep their mode; folders that become empty go. */
export function writeChanges(root: string, changes: ReadonlyMap<string, string | undefined>): void {
  for (const [path, text] of changes) {
    const file = join(root, path);
    if (text === undefined) {
      rmSync(file);
      removeIfEmpty(dirname(file));
      continue;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function removeIfEmpty(folder: string): void {
  if (readdirSync(folder).length > 0) return;
  rmdirSync(folder);
  removeIfEmpty(dirname(folder));
}

/** Makes `.env` with a secret in it, for its owner alone. Returns whether there was none before. */
export function writeEnv(root: string, secret: string): boolean {
  const file = join(root, '.env');
  if (existsSync(file)) return false;
  const example = readText(join(root, '.env.example'));
  const line = `KIKET_WEBHOOK_SECRET=${secret}`;
  const text = /^KIKET_WEBHOOK_SECRET=$/m.test(example)
    ? example.replace(/^KIKET_WEBHOOK_SECRET=$/m, line)
    : `${example}${line}\n`;
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  chmodSync(file, 0o600);
  return true;
}
