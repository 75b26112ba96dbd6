// kiket-dev hosting: shows who hosts the extension, and rewrites the manifest for it.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import { findManifest, readManifest } from 'kiket-express/manifest';
import { commandWithHelp, readEnvironment, UsageError, type Io } from '../commandLine.ts';
import { requireRoot } from '../project.ts';
import { findEgressProblem, findNamedHosts, isAddress } from './egress.ts';
import { readHosting, writeHosting, type Hosting } from './manifest.ts';
import { describeTiers, tiers } from './tiers.ts';

const help = `Shows who hosts the extension, or changes it in the manifest.

  kiket-dev hosting                                                     shows the current hosting
  kiket-dev hosting managed --tier TIER [--egress HOST] [--egress HOST] Kiket builds and runs it
  kiket-dev hosting self-hosted                                         you run it

  --tier TIER     the machine it runs on (default: the manifest's)
  --egress HOST   a host it can call; repeatable (default: the manifest's)
  --help          prints this

${describeTiers()}
Exit code: 0 on success, 1 if the manifest can't be changed, 2 if the command is wrong.
`;

/** `kiket-dev hosting` */
export const main = commandWithHelp(help, (argv, io) => io.stdout.write(run(argv, io)));

function run(argv: readonly string[], io: Io): string {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { tier: { type: 'string' }, egress: { type: 'string', multiple: true } },
  });
  const [mode, ...more] = positionals;
  if (more.length > 0 || (mode !== undefined && !['managed', 'self-hosted'].includes(mode))) {
    throw new UsageError(
      `Unknown hosting "${positionals.join(' ')}". Available: managed, self-hosted. See npx kiket-dev hosting --help.`,
    );
  }
  if (mode !== 'managed' && (values.tier !== undefined || values.egress !== undefined)) {
    throw new UsageError('--tier and --egress require managed hosting: npx kiket-dev hosting managed --tier standard.');
  }
  const root = requireRoot(io.cwd);
  const path = findManifest(root);
  const text = readManifest(root, path);
  const wanted = mode === undefined ? readHosting(text) : wantedHosting(mode, values, readHosting(text));
  const written = mode === undefined ? text : writeHosting(text, wanted);
  if (written !== text) writeFileSync(path, written);
  const file = relative(root, path);
  const change = mode === undefined ? '' : `${file} ${written === text ? 'is up to date' : 'was changed'}. `;
  return `${change}${describe(wanted, written, io)}`;
}

/** What the command line asks for. Everything else stays as it is. */
function wantedHosting(
  mode: string,
  { tier, egress }: { tier?: string | undefined; egress?: string[] | undefined },
  current: Hosting | undefined,
): Hosting | undefined {
  if (mode === 'self-hosted') return undefined;
  const chosen = tier ?? current?.tier;
  const names = Object.keys(tiers).join(', ');
  if (chosen === undefined)
    throw new UsageError(`Managed hosting requires a tier: --tier standard. Available: ${names}.`);
  if (!Object.hasOwn(tiers, chosen)) throw new UsageError(`Unknown tier "${chosen}". Available: ${names}.`);
  const problems = (egress ?? []).flatMap((host) => findEgressProblem(host) ?? []);
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return { tier: chosen, egress: [...new Set((egress ?? current?.egress ?? []).map((host) => host.toLowerCase()))] };
}

function describe(hosting: Hosting | undefined, manifest: string, io: Io): string {
  if (hosting === undefined) return 'Self-hosted: you run the server, and Kiket posts to EXTENSION_BASE_URL.\n';
  const { tier, egress } = hosting;
  const { cpu, memory, price } = tiers[tier] ?? { cpu: '?', memory: '?', price: '?' };
  const calls = egress.length === 0 ? "It can't call any hosts." : `It can call ${egress.join(', ')}.`;
  return [
    `Managed: Kiket runs it on the tier ${tier} (${cpu} CPU, ${memory}, ${price} a month). ${calls}\n`,
    ...describeMissing(hosting, manifest, io),
  ].join('');
}

/** What would fail once Kiket runs it, judging by the settings on this machine. */
function* describeMissing({ egress }: Hosting, manifest: string, io: Io): Generator<string> {
  const settings = readEnvironment(io);
  const named = findNamedHosts(settings, manifest);
  const missing = named.filter(({ host }) => !egress.includes(host) && !isAddress(host));
  for (const { host, setting } of named.filter((each) => isAddress(each.host))) {
    yield `\n${setting} has the address ${host}, but egress only accepts names. Give the machine a name.\n`;
  }
  if (missing.length > 0) {
    yield `\nSettings on this machine use hosts that egress lacks:\n`;
    for (const { host, setting } of missing) yield `  ${host} (${setting})\n`;
    const all = [...egress, ...missing.map(({ host }) => host)].map((host) => ` --egress ${host}`).join('');
    yield `To allow them: npx kiket-dev hosting managed${all}\n`;
  }
  if (!/^postgres(?:ql)?:/.test(settings['DATABASE_URL'] ?? '')) {
    yield `\nKiket has no persistent disk, so approvals require PostgreSQL. Set DATABASE_URL in Kiket, and add its host to egress.\n`;
  }
  if (parseDocument(manifest).getIn(['extension', 'callback', 'url']) !== '${EXTENSION_BASE_URL}') {
    yield `\nKiket fills in the address. Set callback.url to \${EXTENSION_BASE_URL}.\n`;
  }
}
