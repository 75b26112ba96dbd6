import Table, { type TableConstructorOptions } from 'cli-table3';
import color from 'picocolors';

/** A status in its color, on a terminal. */
export function paint(status: string): string {
  if (/^(?:allow|success|delivered|saved|done)$/.test(status)) return color.green(status);
  return /^(?:deny|error|failed)$/.test(status) ? color.red(status) : color.yellow(status);
}

/** cli-table3 draws borders unless each is turned off. */
const noBorders = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .map((name) => [name, '']),
);

/** A table without lines, for people. */
export function plainTable(
  head: string[],
  rows: readonly (string | number)[][],
  options: Pick<TableConstructorOptions, 'colAligns' | 'colWidths' | 'wordWrap'> = {},
): string {
  const style = { head: [], border: [], compact: true };
  const table = new Table({ ...options, head, style, chars: { ...noBorders, middle: ' ' } });
  table.push(...rows);
  return `${table.toString().replaceAll(/[ ]+$/gm, '')}\n`;
}
