import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describe, expect, test } from 'vitest';
import { command, outputTo, readEnvironment, UsageError } from '../../src/commandLine.ts';
import { temporaryFolder } from '../support/folders.ts';
import { runHere } from '../support/commands.ts';

describe('a command ends with', () => {
  test.each<[string, () => number | void, number, string]>([
    ['what it returns', () => 3, 3, ''],
    ['0 if it returns nothing', () => {}, 0, ''],
    [
      '2 if the command line is wrong',
      () => {
        throw new UsageError('Write: this.');
      },
      2,
      'Write: this.\n',
    ],
    [
      '2 if it does not know an option',
      () => void parseArgs({ args: ['--x'], options: {} }),
      2,
      expect.stringMatching(/^Unknown option '--x'.*\n$/) as string,
    ],
    [
      '1 and the reason, without a stack, if anything else is wrong',
      () => {
        throw new Error('The disk is full.');
      },
      1,
      'The disk is full.\n',
    ],
  ])('%s', async (_title, run, code, stderr) => {
    expect(await runHere(command(run), [])).toEqual({ code, stdout: '', stderr });
  });
});

test.each([
  [true, '\u001B[32mallow\u001B[39m\n'],
  [false, 'allow\n'],
])('output has colours where somebody sees them: %s', (isColored, written) => {
  let text = '';
  outputTo({ write: (part) => (text += part) }, isColored).write('\u001B[32mallow\u001B[39m\n');
  expect(text).toBe(written);
});

test('.env fills in what the environment does not have, and changes nothing in this process', () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, '.env'), 'GUARDIAN_A=file\nGUARDIAN_B=file\nGUARDIAN_C=file\n');
  const output = outputTo({ write: () => {} }, false);
  const env = { GUARDIAN_A: 'environment', GUARDIAN_B: '' };
  expect(readEnvironment({ stdout: output, stderr: output, env, cwd })).toEqual({ ...env, GUARDIAN_C: 'file' });
  expect(process.env).not.toHaveProperty('GUARDIAN_C');
});
