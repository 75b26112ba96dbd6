import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { main as kiket } from '../../src/kiket.ts';
import { main as replay } from '../../src/replay/replay.ts';
import { temporaryFolder } from '../support/folders.ts';
import { runHere } from '../support/commands.ts';

/** A PATH on which there are node and a stand-in named `kiket`. */
function pathWithKiket(): string {
  const folder = temporaryFolder();
  const tool = join(folder, 'kiket');
  copyFileSync(join(import.meta.dirname, '..', 'support', 'fakeKiketCli.js'), `${tool}.mjs`);
  symlinkSync(`${tool}.mjs`, tool);
  return `${folder}:${dirname(process.execPath)}:${process.env['PATH']}`;
}

/** A scenario of two deliveries, so that the stand-in signs and sends twice. */
function shortScenario(): string {
  const folder = temporaryFolder();
  const scenario = join(folder, 'scenario.yaml');
  const steps = ['one', 'two'].map((name) => {
    const event = `com.example.${name}`;
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ event, organization_id: 1 }));
    return { send: `${name}.json`, http: 200, answer: { status: 'ignored', event } };
  });
  writeFileSync(scenario, stringify([{ part: 'Two that nobody listens to', steps }]));
  return scenario;
}

describe("Kiket's own tool", () => {
  test('lints, tests and replays where it is installed', async () => {
    const env = { PATH: pathWithKiket() };
    const { code, stdout, stderr } = await runHere(kiket, ['--scenario', shortScenario()], { env });
    expect(stdout).toMatch(/lint passed[^]+test passed[^]+\n2 passed, 0 failed\n$/);
    expect([code, stderr]).toEqual([0, '']);
  });

  test.each([
    ['lint', /lint failed[^]+test passed[^]+\n2 passed, 0 failed\n$/, /^\nFailed: kiket extensions lint\n$/],
    ['test', /lint passed[^]+test failed[^]+\n2 passed, 0 failed\n$/, /^\nFailed: kiket extensions test\n$/],
    [
      'replay',
      /lint passed[^]+test passed/,
      /showed no answer from http:\S+ It printed:\nreplay failed\n\n\nFailed: kiket-dev replay --cli\n$/,
    ],
  ])('fails if its %s does, and runs the others', async (part, stdoutPart, stderrPart) => {
    const env = { PATH: pathWithKiket(), KIKET_FAILS: part };
    const { code, stdout, stderr } = await runHere(kiket, ['--scenario', shortScenario()], { env });
    expect([code, stdout, stderr]).toEqual([1, expect.stringMatching(stdoutPart), expect.stringMatching(stderrPart)]);
  });

  test('is left out where it is not', async () => {
    const { code, stdout } = await runHere(kiket, [], { env: { PATH: temporaryFolder() } });
    expect([code, stdout]).toEqual([0, '`kiket` is not on the PATH, so its lint, test and replay were skipped.\n']);
  });

  test('is named by replay --cli as what is missing', async () => {
    const { code, stderr } = await runHere(replay, ['--cli'], { env: { PATH: temporaryFolder() } });
    expect([code, stderr]).toEqual([1, "`kiket` isn't installed or isn't on the PATH. Leave out --cli.\n"]);
  });
});
