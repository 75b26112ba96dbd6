import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test, vi } from 'vitest';
import { askForAnswers } from '../../src/init/ask.ts';
import { examples } from '../../src/init/examples.ts';
import { git } from '../support/checkout.ts';
import { temporaryFolder } from '../support/folders.ts';

const [enter, space, down, clear, stop] = ['\r', ' ', '\u001B[B', '\u0015', '\u0003'];
const questions = [
  'Where is it on GitHub?',
  "What is the extension's id?",
  'What is its display name?',
  'Who publishes it',
  'Which examples do you want to keep?',
  'Rename everything, and remove `npm run init`?',
];

/** A person at a terminal: waits for each question and presses keys. */
function createTerminal() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = '';
  output.on('data', (chunk: Buffer) => void (shown += stripVTControlCharacters(chunk.toString())));
  const seeing = (text: string) => vi.waitFor(() => expect(shown).toContain(text), { timeout: 5000, interval: 5 });
  const press = async (question: string, ...keys: string[]) => {
    await seeing(question);
    for (const key of keys) input.write(key);
  };
  return { terminal: { input, output }, press, seeing };
}

/** A folder in which git knows the repository and the author. */
async function repository(): Promise<string> {
  const folder = temporaryFolder();
  await git(folder, 'init', '--quiet');
  await git(folder, 'remote', 'add', 'origin', 'git@github.com:acme/release-gate.git');
  await git(folder, 'config', 'user.name', 'Acme Inc');
  return folder;
}

test('suggestions are taken with enter, and all examples stay', async () => {
  const { terminal, press } = createTerminal();
  const asked = askForAnswers({}, await repository(), terminal);
  for (const question of questions) await press(question, enter);
  expect(await asked).toEqual({
    repository: 'acme/release-gate',
    id: 'com.acme.release-gate',
    name: 'Release Gate',
    author: 'Acme Inc',
    keep: 'fields,freeze,checks,approvals,override,decisions',
  });
});

test('an invalid answer is reported, and asked for again', async () => {
  const { terminal, press } = createTerminal();
  const given = { repository: 'acme/gate', name: 'Gate', author: 'Acme', keep: 'none' };
  const asked = askForAnswers(given, await repository(), terminal);
  await press("What is the extension's id?", clear, 'Gate', enter);
  await press('Write a reverse-DNS id', clear, 'com.acme.gate', enter);
  await press('Rename everything', enter);
  expect(await asked).toEqual({ ...given, id: 'com.acme.gate' });
});

test('examples can be left out, one or all', async () => {
  const given = { repository: 'acme/gate', id: 'com.acme.gate', name: 'Gate', author: 'Acme' };
  const one = createTerminal();
  const oneLess = askForAnswers(given, await repository(), one.terminal);
  await one.press('Which examples', down, space, enter);
  await one.press('Rename everything', enter);
  expect(await oneLess).toMatchObject({ keep: 'fields,checks,approvals,override,decisions' });
  const none = createTerminal();
  const nothing = askForAnswers(given, await repository(), none.terminal);
  await none.press('Which examples', ...Object.keys(examples).flatMap(() => [space, down]), enter);
  await none.press('Rename everything', enter);
  expect(await nothing).toMatchObject({ keep: 'none' });
});

test.each(questions.map((question, index) => [question, index] as const))(
  'at "%s" one can stop',
  async (question, index) => {
    const { terminal, press, seeing } = createTerminal();
    const asked = askForAnswers({}, await repository(), terminal);
    for (const before of questions.slice(0, index)) await press(before, enter);
    await press(question, stop);
    expect(await asked).toBeUndefined();
    await seeing('Nothing has changed.');
  },
);
