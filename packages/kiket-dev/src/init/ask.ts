import * as prompts from '@clack/prompts';
import { findProblem, listKept, questions, suggest, type Given, type Question } from './answers.ts';
import { examples } from './examples.ts';

/** The terminal's output and input. */
type Terminal = Required<Pick<prompts.CommonOptions, 'input' | 'output'>>;

/** Asks for what isn't given yet. `undefined` if the person stops, even at the last question. */
export async function askForAnswers(given: Given, root: string, terminal: Terminal): Promise<Given | undefined> {
  prompts.intro('Make the template yours', terminal);
  const answers: Given = { ...given };
  for (const question of Object.keys(questions) as Question[]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const answer = answers[question] ?? (await ask(question, suggest(question, answers, root), terminal));
    if (answer === undefined) return stop(terminal);
    answers[question] = answer;
  }
  const { name, id, author, repository, keep = '' } = answers;
  const kept = listKept(keep).map((example) => examples[example].label);
  const lines = [`${name} (${id}) by ${author}`, `https://github.com/${repository}`, `examples: ${kept.join(', ')}`];
  prompts.note(lines.join('\n'), 'Your extension', terminal);
  const isWanted = await prompts.confirm({ ...terminal, message: 'Rename everything, and remove `npm run init`?' });
  return isWanted === true ? answers : stop(terminal);
}

function stop(terminal: Terminal): undefined {
  prompts.cancel('Stopped. Nothing has changed.', terminal);
}

async function ask(question: Question, initialValue: string, terminal: Terminal): Promise<string | undefined> {
  const message = questions[question].asks;
  if (question === 'keep') return askForExamples(message, terminal);
  const validate = (value = '') => findProblem(question, value.trim());
  const answer = await prompts.text({ ...terminal, message, initialValue, validate });
  return prompts.isCancel(answer) ? undefined : answer.trim();
}

async function askForExamples(message: string, terminal: Terminal): Promise<string | undefined> {
  const options = Object.entries(examples).map(([value, { label }]) => ({ value, label }));
  const initialValues = options.map(({ value }) => value);
  const kept = await prompts.multiselect({ ...terminal, message, options, initialValues, required: false });
  return prompts.isCancel(kept) ? undefined : kept.join(',') || 'none';
}
