import { error, placeAt, startOf } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { baseName, type Dbt } from './dbtFiles.ts';
import { sqlOf } from './dbtText.ts';

/** Every model has a name of its own, and is one query, which dbt puts into a statement of its own. */
export function checkModels(project: Project, { models, seeds }: Dbt): Problem[] {
  const queries = models.filter((file) => file.endsWith('.sql'));
  return [...twice([...models, ...seeds]), ...queries.flatMap((file) => checkQuery(file, project.read(file) ?? ''))];
}

function twice(files: readonly string[]): Problem[] {
  return files.flatMap((file, index) => {
    const first = files.findIndex((each) => baseName(each) === baseName(file));
    if (first === index) return [];
    const message = `${files[first]} is called ${baseName(file)} already.`;
    return [error('dbt-model-twice', startOf(file), { message, hint: 'Rename one of the files: dbt goes by it.' })];
  });
}

function checkQuery(file: string, text: string): Problem[] {
  const sql = sqlOf(text);
  const tell = (offset: number, message: string, hint: string) => [
    error('dbt-model-sql', placeAt(file, text, offset), { message, hint }),
  ];
  if (sql.trim() === '' && !/\{[{%]/.test(text)) {
    return tell(0, 'This model is empty.', 'Write its query, or remove the file.');
  }
  const end = sql.search(/;\s*$/);
  if (end !== -1) return tell(end, 'dbt puts this query into a statement of its own.', 'Leave out the semicolon.');
  // A branch may open what another one closes.
  const odd = /\{%-?\s*(?:if|for|call)\b/.test(text) ? undefined : oddParenthesis(sql);
  if (odd === undefined) return [];
  const isOpen = sql[odd] === '(';
  return tell(
    odd,
    `This parenthesis ${isOpen ? 'is not closed' : 'closes nothing'}.`,
    'Add the other one, or remove it.',
  );
}

/** Where the first parenthesis is that has no other. */
function oddParenthesis(sql: string): number | undefined {
  const open: number[] = [];
  for (const { 0: sign, index } of sql.matchAll(/[()]/g)) {
    if (sign === '(') open.push(index);
    else if (open.pop() === undefined) return index;
  }
  return open.at(-1);
}
