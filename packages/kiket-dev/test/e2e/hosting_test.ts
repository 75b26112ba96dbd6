import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../../src/hosting/index.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { runHere } from '../support/commands.ts';

/** A project with a manifest and nothing else. */
function createProject() {
  const cwd = temporaryFolder();
  cpSync(join(projectRoot, '.kiket', 'manifest.yaml'), join(cwd, '.kiket', 'manifest.yaml'));
  const hosting = (words = '', env: Record<string, string> = {}) =>
    runHere(main, words.split(' ').filter(Boolean), { cwd, env });
  return { cwd, hosting, manifest: () => readFileSync(join(cwd, '.kiket', 'manifest.yaml'), 'utf8') };
}

describe('kiket-dev hosting', () => {
  test('rewrites the manifest, says what is set, and goes back', async () => {
    const { hosting, manifest } = createProject();
    const before = manifest();
    expect((await hosting()).stdout).toMatch(/^Self-hosted: you run the server/);
    const there = await hosting('managed --tier standard --egress api.example.com');
    expect(there.code).toBe(0);
    expect(there.stdout).toMatch(/^\.kiket\/manifest\.yaml was changed\. Managed: .*\(1 CPU, 512 MiB, \$15 a month\)/);
    expect(manifest()).toContain('  hosting:\n    tier: standard\n    egress:\n      - api.example.com\n');
    const again = await hosting('managed --egress api.example.com');
    expect(again.stdout).toMatch(/^\.kiket\/manifest\.yaml is up to date\. Managed: .* can call api\.example\.com/);
    expect((await hosting('self-hosted')).stdout).toContain('Self-hosted');
    expect(manifest()).toBe(before);
  });

  test('names the hosts of .env and of the environment egress lacks', async () => {
    const { cwd, hosting } = createProject();
    writeFileSync(join(cwd, '.env'), 'DATABASE_URL=postgres://user:password@db.example.com/name\n');
    const environment = {
      KIKET_SETTING_CHECKS_URL: 'https://checks.example.com/{issue}',
      KIKET_SETTING_FREEZE_WINDOWS: 'http://10.0.0.1/',
    };
    const { stdout } = await hosting('managed --tier minimal --egress api.example.com', environment);
    expect(stdout).toContain('  checks.example.com (KIKET_SETTING_CHECKS_URL)\n');
    expect(stdout).toContain('  db.example.com (DATABASE_URL)\n');
    expect(stdout).toContain('KIKET_SETTING_FREEZE_WINDOWS has the address 10.0.0.1, but egress only accepts names');
    expect(stdout).not.toContain('--egress 10.0.0.1');
    expect(stdout).not.toContain('password');
    const [, command = ''] = /npx kiket-dev hosting (managed .+)/.exec(stdout) ?? [];
    expect(
      (await hosting(command, { KIKET_SETTING_CHECKS_URL: environment.KIKET_SETTING_CHECKS_URL })).stdout
        .trim()
        .split('\n'),
    ).toHaveLength(1);
  });

  test('says that a managed extension needs a PostgreSQL', async () => {
    const { hosting } = createProject();
    expect((await hosting('managed --tier minimal')).stdout).toMatch(/no persistent disk.* Set DATABASE_URL/);
  });

  test.each([
    ['managed', 'Managed hosting requires a tier: --tier standard. Available: minimal, standard, compute, memory'],
    ['managed --tier huge', 'Unknown tier "huge". Available: minimal'],
    ['managed --tier minimal --egress https://a.example.com', 'Write --egress a.example.com.'],
    ['manged', 'Unknown hosting "manged"'],
    ['self-hosted --tier minimal', '--tier and --egress require managed hosting'],
    ['--egres a', "Unknown option '--egres'"],
  ])('refuses "%s", says what to write, and leaves the manifest', async (words, why) => {
    const { hosting, manifest } = createProject();
    const before = manifest();
    const { code, stdout, stderr } = await hosting(words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(why);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(manifest()).toBe(before);
  });
});
