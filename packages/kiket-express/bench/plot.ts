import type { Report } from './report.ts';

const [width, left, barHeight, gap] = [760, 330, 22, 10];

/** Draws throughput to the floor, over 5 connections, as SVG that reads in light and in dark. */
export function plot({ node, throughput = [] }: Report): string {
  const rows = throughput.filter(({ connections }) => connections === 5);
  const scale = (width - left - 70) / Math.max(1, ...rows.map(({ highest }) => highest));
  const height = 60 + rows.length * (barHeight + gap);
  const bars = rows.map(({ name, ratio, lowest, highest }, index) => {
    const y = 44 + index * (barHeight + gap);
    const middle = y + barHeight / 2;
    const isOwn = name.startsWith('the guardian');
    return [
      `<text x="${left - 10}" y="${middle + 5}" text-anchor="end">${escape(name)}</text>`,
      `<rect class="${isOwn ? 'own' : 'other'}" x="${left}" y="${y}" width="${(ratio * scale).toFixed(1)}" height="${barHeight}" rx="2"/>`,
      `<path d="M${(left + lowest * scale).toFixed(1)} ${middle}H${(left + highest * scale).toFixed(1)}"/>`,
      `<text x="${(left + highest * scale + 8).toFixed(1)}" y="${middle + 5}">${ratio.toFixed(2)}</text>`,
    ].join('\n  ');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
  <title id="title">Signed deliveries per second over 5 connections, to those of node:http doing nothing but the work</title>
  <style>
    text { font: 14px system-ui, sans-serif; fill: #1f2328 }
    .own { fill: #1a7f64 }
    .other { fill: #9aa4ae }
    path { stroke: #1f2328; stroke-width: 1.5 }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } path { stroke: #e6edf3 } .other { fill: #57606a } }
  </style>
  <text x="0" y="20">Signed deliveries per second over 5 connections, floor = 1 (Node ${node.replace(/^v/, '')})</text>
  ${bars.join('\n  ')}
</svg>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
