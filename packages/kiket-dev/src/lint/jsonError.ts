import { error, placeAt, startOf } from './found.ts';
import type { Problem } from './problem.ts';
import type { YamlFile } from './yamlFile.ts';

/** One token of JSON with the space before it, or the end of the text. */
const token =
  /\s*(?:[{}[\]:,]|"(?:[^"\\\n\r\t]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|(?:true|false|null)\b|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|$)/y;

/** Why a file is not JSON, and keys that it has twice. A file that is missing is another rule's business. */
export function jsonProblems(yaml: YamlFile | undefined, text: string | undefined): readonly Problem[] {
  if (yaml === undefined || text === undefined) return [];
  const message = findJsonError(text);
  if (message === undefined) return yaml.problems.filter(({ rule }) => rule === 'yaml-duplicate-key');
  const [first] = yaml.problems.filter(({ rule }) => rule === 'yaml-syntax');
  const odd = oddOffset(text);
  const place = odd === undefined ? (first ?? startOf(yaml.file)) : placeAt(yaml.file, text, odd);
  return [
    error('json-syntax', place, { message: `This is not JSON: ${message}.`, hint: 'Fix it here or just before.' }),
  ];
}

/** What JSON's own reader says about a text; `undefined` if it is JSON. */
export function findJsonError(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** Where the first thing stands that isn't a token of JSON, or closes after a comma: YAML lets both pass. */
function oddOffset(text: string): number | undefined {
  let before = '';
  for (token.lastIndex = 0; token.lastIndex < text.length;) {
    const from = token.lastIndex;
    const word = token.exec(text)?.[0].trim();
    if (word === undefined) return from + text.slice(from).search(/\S/);
    if (before === ',' && /^[}\]]$/.test(word)) return token.lastIndex - 1;
    before = word;
  }
  return undefined;
}
