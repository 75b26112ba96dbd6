import type { Readable, Writable } from 'node:stream';
import * as prompts from '@clack/prompts';
import { checks, listKept, suggestId, suggestName, type Given } from './answers.ts';
import { examples, type Example } from './examples.ts';

/** Where questions are asked, and where the answers come from. */
export interface Terminal {
  input: Readable;
  output: Writable;
}

/** The answers, as far as they are not given already; `undefined` if the person stops, also at the last question. */
export async function askForAnswers(given: Given, suggested: Given, terminal: Terminal): Promise<Given | undefined> {
  const text = async (question: string, check: (answer: string) => string | undefined, suggestion: string) => {
    const answer = await prompts.text({
      ...terminal,
      message: question,
      initialValue: suggestion,
      validate: (value = '') => check(value.trim()),
    });
    if (prompts.isCancel(answer)) throw new Stopped();
    return answer.trim();
  };
  try {
    prompts.intro('Make the template yours', terminal);
    const repository =
      given.repository ??
      (await text('Where is it on GitHub? owner/name', checks.repository, suggested.repository ?? ''));
    const id = given.id ?? (await text("What is the extension's id?", checks.id, suggestId(repository)));
    const name = given.name ?? (await text('What do people call it?', checks.name, suggestName(id)));
    const author =
      given.author ?? (await text('Who publishes it, and holds its licence?', checks.author, suggested.author ?? ''));
    const keep = given.keep ?? (await askForExamples(terminal)).join(',');
    await confirm({ repository, id, name, author, keep }, terminal);
    return { repository, id, name, author, keep };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    prompts.cancel('Stopped. Nothing has changed.', terminal);
    return undefined;
  }
}

/** The person does not want to go on. */
class Stopped extends Error {}

async function askForExamples(terminal: Terminal): Promise<string[]> {
  const options = Object.entries(examples).map(([value, { label }]) => ({ value, label }));
  const kept = await prompts.multiselect({
    ...terminal,
    message: 'Which of the example guards do you keep? Without any you begin with one that allows every move.',
    options,
    initialValues: options.map(({ value }) => value),
    required: false,
  });
  if (prompts.isCancel(kept)) throw new Stopped();
  return kept.length === 0 ? ['none'] : kept;
}

async function confirm(answers: Required<Given>, terminal: Terminal): Promise<void> {
  const kept: readonly Example[] = listKept(answers.keep);
  const lines = [
    `${answers.name} (${answers.id}) by ${answers.author}`,
    `https://github.com/${answers.repository}`,
    `examples: ${kept.length === 0 ? 'none' : kept.map((example) => examples[example].label).join(', ')}`,
  ];
  prompts.note(lines.join('\n'), 'What it will be', terminal);
  const isWanted = await prompts.confirm({ ...terminal, message: 'Rename everything, and remove this script?' });
  if (prompts.isCancel(isWanted) || !isWanted) throw new Stopped();
}
