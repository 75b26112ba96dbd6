import { error, warning, type Place } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';

const example = '.env.example';

/** What holds a secret by its name. */
const secretName = /(?:SECRET|TOKEN|(?<!PUBLIC_)KEY|PASSWORD)(?:_PREVIOUS)?$|^KIKET_SECRET_/;

/** What Kiket fills into `callback.url`, whatever the manifest says there. */
const ofKiket = 'EXTENSION_BASE_URL';

/** A variable in a line of `.env.example`, which may be a comment. */
interface Variable {
  name: string;
  value: string;
  isComment: boolean;
  place: Place;
}

/** `.env.example` holds no secret, and each line is a variable that something reads, once. */
export function exampleRules(project: Project): Problem[] {
  const lines = (project.read(example) ?? '').split('\n').map((line, index) => ({
    line: line.trim(),
    place: { file: example, line: index + 1, column: 1 },
  }));
  const variables = lines.flatMap(({ line, place }) => {
    const [, sign = '', name, value = ''] = /^(#? *)(?:export +)?([A-Z]\w*) *=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, value: unquote(value), isComment: sign !== '', place }];
  });
  const bare = lines.filter(({ line }) => line !== '' && !/^#|^(?:export +)?\w+ *=/.test(line));
  return [
    ...variables.filter(isSecret).map(describeSecret),
    ...bare.map(({ place }) => {
      const message = 'This line is neither a variable nor a comment.';
      return warning('env-example-line', place, { message, hint: 'Write NAME=, or # in front of it.' });
    }),
    ...twice(variables),
    ...unread(project, variables),
  ];
}

/** Never the value: what is printed in CI is as public as the file. */
function describeSecret({ name, place }: Variable): Problem {
  const message = `${name} has a secret as its value, and everybody can read this file.`;
  const hint = 'Remove the value, put it into .env, and change that secret if it is real.';
  return error('env-example-secret', place, { message, hint });
}

function isSecret({ name, value }: Variable): boolean {
  return value !== '' && (secretName.test(name) || /^\w[\w+.-]*:\/\/[^/?#]*:[^/?#]*@/.test(value));
}

function twice(variables: readonly Variable[]): Problem[] {
  const set = variables.filter(({ isComment }) => !isComment);
  return set
    .filter(({ name }, index) => set.findIndex((each) => each.name === name) < index)
    .map(({ name, place }) => {
      const message = `${name} is there twice, and only one of them counts.`;
      return warning('env-example-twice', place, { message, hint: 'Keep one of them.' });
    });
}

/** Those of the manifest are compared with it; of the others, the sources have the name. */
function unread({ files, read }: Project, variables: readonly Variable[]): Problem[] {
  const readers = files.filter((file) => /^src\/.*\.[cm]?[jt]s$|^\.kiket\//.test(file));
  if (!files.includes('src/config.ts')) return [];
  const words = new Set(readers.flatMap((file) => (read(file) ?? '').match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []));
  return variables
    .filter(({ name, isComment }) => !isComment && name !== ofKiket && !/^KIKET_(?:SETTING|SECRET)_/.test(name))
    .filter(({ name }) => !words.has(name) && !words.has(name.replace(/_PREVIOUS$/, '')))
    .map(({ name, place }) => {
      const message = `Nothing in src/ and in the manifest reads ${name}.`;
      return warning('env-example-unread', place, { message, hint: 'Mend the name, or remove the line.' });
    });
}

function unquote(value: string): string {
  return value.trim().replace(/^(["'])(.*)\1$/, '$2');
}
