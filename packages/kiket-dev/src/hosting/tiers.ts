/** A tier of managed hosting. */
export interface Tier {
  cpu: string;
  memory: string;
  /** Price per month. */
  price: string;
  /** What it's for. */
  suits: string;
}

/** The tiers of managed hosting, as Kiket's guide lists them. */
export const tiers: Readonly<Record<string, Tier>> = {
  minimal: { cpu: '0.25', memory: '256 MiB', price: '$5', suits: 'Simple webhooks, notifications' },
  standard: { cpu: '1', memory: '512 MiB', price: '$15', suits: 'Most extensions, API integrations' },
  compute: { cpu: '2', memory: '1 GiB', price: '$35', suits: 'Data processing, heavy workloads' },
  memory: { cpu: '1', memory: '2 GiB', price: '$30', suits: 'Large datasets, caching' },
};

/** The table as text, indented for a help text. */
export function describeTiers(): string {
  const rows = [
    ['', 'CPU', 'memory', 'a month', 'for'],
    ...Object.entries(tiers).map(([name, { cpu, memory, price, suits }]) => [name, cpu, memory, price, suits]),
  ];
  const widths = [10, 6, 9, 9];
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('')}\n`).join('');
}
