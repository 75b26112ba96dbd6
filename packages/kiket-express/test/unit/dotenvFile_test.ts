import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDotenv } from '../../src/server/dotenvFile.ts';
import { SetupError } from '../../src/errors.ts';
import { loadManifest } from '../../src/manifest/manifest.ts';
import { temporaryFolder } from '../support/folders.ts';

function read(text: string): Record<string, string> {
  const path = join(temporaryFolder(), '.env');
  writeFileSync(path, text);
  return readDotenv(path);
}

/** The problems of a file, without its folder. */
function problemsOf(text: string): string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return error.problems.map((line) => line.replace(/^.*\.env/, '.env'));
  }
}

describe('.env', () => {
  test('may be missing', () => {
    expect(readDotenv(join(temporaryFolder(), '.env'))).toEqual({});
    // So that a container sees none.
    expect(readDotenv('/dev/null')).toEqual({});
  });

  test.each<[string, string, Record<string, string>]>([
    ['plain lines', 'A=1\n\n# B=2\n  C = 3 \nexport D=4\nE: 5\n', { A: '1', C: '3', D: '4', E: '5' }],
    ['Windows line ends', 'A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['a byte order mark', '\ufeffA=1\n', { A: '1' }],
    ['comments', 'A=1 # one\nB= # none\nC=2 #\n', { A: '1', B: '', C: '2' }],
    ['quotes around a #', `A="a#b"\nB='a #b' # c\nC=\`#\`\n`, { A: 'a#b', B: 'a #b', C: '#' }],
    [
      'a key in lines',
      'A="-----BEGIN\nMIIB=\nAA==\n-----END"\nB=2\n',
      { A: '-----BEGIN\nMIIB=\nAA==\n-----END', B: '2' },
    ],
    ['quotes in the middle', `A=it's\nB=a"b"\n`, { A: "it's", B: 'a"b"' }],
    ['blank values of the example, set below', 'A=\nA=1\n', { A: '1' }],
    ['a line twice', 'A=1\nA=1\n', { A: '1' }],
  ])('may have %s', (_what, text, values) => {
    expect(read(text)).toEqual(values);
  });

  test.each([
    ['A=secret#word', '.env:1 A would be cut off at the #.'],
    ['A=1\nB=secret #word', '.env:2 B would be cut off at the #.'],
    ['A: word#word', '.env:1 A would be cut off at the #.'],
    ['A=word#word # comment', '.env:1 A would be cut off at the #.'],
    ['A word', ".env:1 isn't NAME=value"],
    ['A=1\n- B=2', ".env:2 isn't NAME=value"],
    ['Ä=2', ".env:1 isn't NAME=value"],
    ['"A"=2', ".env:1 isn't NAME=value"],
    ['A="word', ".env:1 A starts with a quote that isn't closed."],
    ['A="word"word', ".env:1 A starts with a quote that isn't closed."],
    ['A="word\nB=2\nC=3"', ".env:1 A starts with a quote that isn't closed."],
    ['A=word\nB=2\nA=other', '.env:3 A is already set in line 1.'],
  ])('may not have the line in %j, and is not quoted', (text, problem) => {
    const [first, ...more] = problemsOf(text);
    expect(first?.startsWith(problem)).toBe(true);
    expect([first, ...more].join()).not.toContain('word');
  });

  test('gets every problem at once', () => {
    expect(problemsOf('A word\nB=b#c\n\nC="').map((line) => /^\S+/.exec(line)?.[0])).toEqual([
      '.env:1',
      '.env:2',
      '.env:4',
    ]);
  });
});

describe.each<[string, (folder: string) => unknown, string, string]>([
  ['.env', (folder) => readDotenv(join(folder, '.env')), '.env', 'A=1'],
  ['a manifest', (folder) => loadManifest(folder), '.kiket/manifest.yaml', 'id: com.example.gate'],
])('%s', (_what, load, name, text) => {
  test.each<[string, (path: string) => void, string]>([
    ['a folder', (path) => mkdirSync(path), 'is a folder'],
    ['a link that leads nowhere', (path) => symlinkSync('gone', path), "is a link to a file that doesn't exist"],
    ['a link to itself', (path) => symlinkSync(path, path), 'is a link that points to itself'],
    ['UTF-16', (path) => writeFileSync(path, `\ufeff${text}`, 'utf16le'), "isn't UTF-8 text"],
    ['UTF-16 without a mark', (path) => writeFileSync(path, text, 'utf16le'), "isn't UTF-8 text"],
    ['Latin-1', (path) => writeFileSync(path, `# \xe4\n${text}`, 'latin1'), "isn't UTF-8 text"],
  ])('that is %s is named', (_kind, make, problem) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '.kiket'));
    make(join(folder, name));
    expect(() => load(folder)).toThrow(SetupError);
    expect(() => load(folder)).toThrow(new RegExp(`${name} ${problem}`));
  });

  // Root reads everything.
  test.skipIf(process.getuid?.() === 0)('that nobody may read is named', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '.kiket'));
    writeFileSync(join(folder, name), text, { mode: 0o000 });
    chmodSync(join(folder, name), 0o000);
    expect(() => load(folder)).toThrow(new RegExp(`${name} can't be read: permission denied`));
  });
});
