import { lstatSync, readFileSync, statSync } from 'node:fs';
import { SetupError } from '../errors.ts';

/**
 * Reads a text file that a person writes, such as settings, the manifest or a payload. `undefined` if it doesn't exist.
 * An unreadable file throws a {@link SetupError} that says what to do.
 *
 * @param name the file's name in messages
 * @param from whether it has to be a regular file, because reading a pipe or a device may never end
 */
export function readTextFile(path: string, name = path, from: 'file' | 'anything' = 'file'): string | undefined {
  let bytes: Buffer;
  try {
    const stat = statSync(path);
    if (from === 'file' && !stat.isFile() && !stat.isDirectory())
      throw Object.assign(new Error(path), { code: 'ENOTFILE' });
    bytes = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' && !isThere(path)) return undefined;
    throw new SetupError([`${name} ${unreadable[code] ?? `can't be read (${code}). Fix this, or remove the file.`}`]);
  }
  // Decoding removes a byte order mark.
  const text = decode(bytes);
  if (text === undefined || text.includes('\0')) {
    throw new SetupError([
      `${name} isn't UTF-8 text. Save it as UTF-8. In Windows PowerShell, > and Out-File write UTF-16.`,
    ]);
  }
  return text;
}

const unreadable: Readonly<Record<string, string>> = {
  EACCES:
    "can't be read: permission denied. Give the user that runs this read access (chown, chmod u+r), or remove the file.",
  EISDIR: 'is a folder. Docker creates one when the file to mount is missing. Remove it, and put the file there.',
  ELOOP: 'is a link that points to itself. Point it to a file, or remove it.',
  ENOTFILE: 'is a pipe, a socket or a device. Put a regular file there, or remove it.',
  ENOENT: "is a link to a file that doesn't exist. Point it to an existing file, or remove it.",
};

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
