import { error, placeAt } from '../found.ts';
import type { Problem } from '../problem.ts';

/** The tags of Jinja and dbt that have an end of their own; `set` only where it sets no value itself. */
const blocks = /^(?:macro|test|data_test|snapshot|materialization|if|for|call|filter|raw)\b|^set\b(?![^]*=)/;

/** A text without the comments of Jinja, which are not run. They are blanked, so that what stands behind them stays where it is. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\{#[^]*?#\}/g, blank);
}

/** As many spaces, over as many lines. */
export function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}

/** The SQL of a model without Jinja, comments and what is in quotes. All of it is blanked. */
export function sqlOf(text: string): string {
  return withoutComments(text)
    .replaceAll(/\{\{[^]*?\}\}|\{%[^]*?%\}/g, blank)
    .replaceAll(/--.*|\/\*[^]*?\*\/|'(?:''|[^'])*'/g, blank);
}

/** Every `{{` and `{%` of a model or a macro is closed, and every block has its end. */
export function unbalancedJinja(file: string, text: string): Problem[] {
  const code = withoutComments(text);
  const open: { name: string; offset: number }[] = [];
  const found: Problem[] = [];
  const tell = (offset: number, message: string, hint: string) => {
    found.push(error('dbt-jinja', placeAt(file, text, offset), { message, hint }));
  };
  for (const { index, 0: opening } of code.matchAll(/\{[{%]/g)) {
    const closing = opening === '{{' ? '}}' : '%}';
    const inside = code.slice(index + 2);
    const length = inside.indexOf(closing);
    const next = inside.search(/\{[{%]/);
    if (length === -1 || (next !== -1 && next < length)) {
      tell(index, `This ${opening} is not closed.`, `Close it with ${closing}.`);
      continue;
    }
    const tag = inside.slice(0, length).replace(/^-?\s*/, '');
    const [, ended] = /^end(\w+)/.exec(tag) ?? [];
    if (opening === '{{' || (ended === undefined && !blocks.test(tag))) continue;
    if (ended === undefined) open.push({ name: /^\w+/.exec(tag)?.[0] ?? '', offset: index });
    else if (open.at(-1)?.name === ended) open.pop();
    else tell(index, `There is no ${ended} that this could end.`, 'Take it out, or add what it ends.');
  }
  for (const { name, offset } of open) tell(offset, `This ${name} has no end.`, `Add {% end${name} %}.`);
  return found;
}

/** Every row of a seed has as many values as its first line has names. */
export function raggedRows(file: string, text: string): Problem[] {
  // A value over several lines is left to dbt.
  const [header = '', ...rows] = text.split(/\r?\n/);
  if ([header, ...rows].some((row) => (row.match(/"/g) ?? []).length % 2 === 1)) return [];
  const count = (row: string) => row.replaceAll(/"[^"]*"/g, '').split(',').length;
  return rows.flatMap((row, index) => {
    if (row === '' || count(row) === count(header)) return [];
    const message = `This row has ${count(row)} values, and there are ${count(header)} columns.`;
    const hint = `The columns are ${header}. Put a value with a comma into double quotes.`;
    return [error('dbt-seed-row', { file, line: index + 2, column: 1 }, { message, hint })];
  });
}
