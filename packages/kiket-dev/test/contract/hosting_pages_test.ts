import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { copyRepository, git } from '../support/checkout.ts';
import { readBlock, readBlocks } from '../support/markdown.ts';
import { run } from '../support/processes.ts';

const readPage = (name: string) => readFileSync(join(projectRoot, 'docs', 'hosting', name), 'utf8');

/** The shell commands of a page, one a line. */
function commandsOf(name: string): string {
  const blocks = readBlocks(readPage(name)).filter(({ language }) => language === 'sh');
  return blocks.map(({ text }) => text.replaceAll(/\\\n\s*/g, '')).join('');
}

describe.each(['README.md', 'container.md', 'lambda.md', 'managed.md', 'vercel.md'])('docs/hosting/%s', (name) => {
  const page = readPage(name);

  test('keeps its data in PostgreSQL', () => {
    expect(page).toMatch(/postgres:\/\/\S+\?sslmode=verify-full/);
  });

  test('makes and reads no file that git would take', async () => {
    const files = commandsOf(name).matchAll(
      /(?:^zip -r |--zip-file fileb:\/\/|--from-env-file |--data-file[ =]| > )(\S+)/gm,
    );
    const kept = [...files].flatMap(([, file = '']) => (file === '-' ? [] : file));
    // In a repository of its own, because a download is none.
    const cwd = temporaryFolder();
    cpSync(join(projectRoot, '.gitignore'), join(cwd, '.gitignore'));
    await git(cwd, 'init', '--quiet');
    const { stdout } = await run('git', ['check-ignore', '--no-index', ...kept, '.env'], { cwd });
    expect(stdout.trim().split('\n')).toEqual([...kept, '.env']);
  });

  test('sets the token of the metrics wherever it sets the secret', () => {
    const places = page.split('\n\n').filter((paragraph) => paragraph.includes('KIKET_WEBHOOK_SECRET'));
    expect(places).not.toEqual([]);
    for (const place of places) expect(place).toContain('METRICS_TOKEN');
  });
});

interface CloudRun {
  serviceAccountName: string;
  containers: [{ image: string; env: { name: string; valueFrom: { secretKeyRef: { name: string } } }[] }];
}

describe('docs/hosting/container.md', () => {
  const commands = commandsOf('container.md');
  const { spec } = parse(readPage('cloud-run.yaml')) as { spec: { template: { spec: CloudRun } } };
  const { serviceAccountName: account, containers } = spec.template.spec;
  const [{ image, env }] = containers;

  test('makes and fills the registry of the image that Cloud Run takes', () => {
    const [, region, registry] = /^(\S+?)-docker\.pkg\.dev\/PROJECT\/(\S+?)\//.exec(image) ?? [];
    const made = `gcloud artifacts repositories create ${registry} --repository-format docker --location ${region}\n`;
    expect(commands).toContain(made);
    expect(commands).toContain(`gcloud builds submit --tag ${image}\n`);
    expect(commands.match(/--region (\S+)/g)).toEqual(Array(2).fill(`--region ${region}`));
  });

  test('makes the secrets of Cloud Run without a line break, and lets the account read them that runs it', () => {
    const secrets = env.map(({ name, valueFrom }) => [name, valueFrom.secretKeyRef.name]);
    for (const [variable, secret] of secrets) {
      expect(commands).toContain(`printf %s "$${variable}" | gcloud secrets create ${secret} --data-file=-\n`);
    }
    expect(commands).toContain(`for secret in ${secrets.map(([, secret]) => secret).join(' ')}; do\n`);
    const may = 'gcloud secrets add-iam-policy-binding "$secret" --role roles/secretmanager.secretAccessor';
    expect(commands).toContain(`${may} --member serviceAccount:${account}\n`);
    expect(commands).toContain(`gcloud iam service-accounts create ${account.split('@')[0]}\n`);
  });
});

test('docs/hosting/managed.md sets the manifest for managed hosting', { timeout: 30_000 }, async () => {
  const block = readBlock('docs/hosting/managed.md', 'managed hosting');
  const cwd = copyRepository();
  expect((await run('bash', ['-c', block], { cwd })).code).toBe(0);
  const manifest = readFileSync(join(cwd, '.kiket', 'manifest.yaml'), 'utf8');
  expect(manifest).toContain('  hosting:\n    tier: minimal\n    egress:\n      - db.example.com\n');
});

test('docs/hosting/lambda.md builds what it archives, and gives it more time than Kiket waits', () => {
  const commands = commandsOf('lambda.md');
  const archived = /^zip -r dist\/guardian\.zip (.+)$/m.exec(commands)?.[1]?.split(' ');
  expect(commands).toContain('\nnpm run build -- lambda\n');
  expect(archived).toEqual(['dist/lambda.js', '.kiket/manifest.yaml', 'package.json']);
  const [, file = '', timeout] = /--handler (\S+)\.handler --timeout (\d+)/.exec(commands) ?? [];
  expect(archived).toContain(`${file}.js`);
  expect(Number(timeout)).toBeGreaterThan(10);
});

test('docs/hosting/vercel.md deploys what the build for Vercel writes', () => {
  const { framework, buildCommand } = JSON.parse(readBlock('docs/hosting/vercel.md', 'vercel.json')) as Record<
    string,
    unknown
  >;
  expect({ framework, buildCommand }).toEqual({ framework: null, buildCommand: 'npm run build -- vercel' });
});
