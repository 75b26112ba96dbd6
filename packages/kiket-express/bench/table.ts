import Table from 'cli-table3';

/** A table for people; nothing if there are no rows. */
export function table(title: string, head: string[], rows: (string | number | undefined)[][]): string {
  if (rows.length === 0) return '';
  const noBorders = Object.fromEntries(
    ['top', 'bottom', 'left', 'right', 'mid']
      .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
      .map((name) => [name, '']),
  );
  const drawn = new Table({
    head,
    colAligns: head.map((name, index) => (index === 0 && name === '' ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
    chars: { ...noBorders, middle: ' ' },
  });
  drawn.push(...rows.map((row) => row.map((cell) => String(cell ?? ''))));
  return `\n${title}\n${drawn.toString().replace(/ +$/gm, '')}\n`;
}
