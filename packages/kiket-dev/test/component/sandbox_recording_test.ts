import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { main as replayMain } from '../../src/replay/replay.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { runHere } from '../support/commands.ts';
import { mira, noor, startGuarded } from '../support/sandbox.ts';

/** A sandbox and its guardian, for a copy of the recorded payloads. */
async function startRecorder(options: Partial<SandboxOptions> = {}, environment: Record<string, string> = {}) {
  const root = temporaryFolder();
  for (const name of ['.kiket', 'replay', '.prettierrc.json']) {
    cpSync(join(projectRoot, name), join(root, name), { recursive: true });
  }
  const sandbox = await startGuarded({ ...options, root }, environment);
  const folder = join(root, 'replay');
  const scenario = join(folder, 'scenario.yaml');
  const replay = () => runHere(replayMain, ['--scenario', scenario]);
  const latest = async (event: string) => (await sandbox.deliveries()).find((each) => each.event === event)?.id ?? '';
  return { sandbox, folder, scenario, replay, latest };
}

describe('a delivery that is saved as a replay', () => {
  test('is a payload and a part of the scenario, which keeps its comments and its format', async () => {
    const { sandbox, folder, scenario, latest } = await startRecorder();
    const before = readFileSync(scenario, 'utf8');
    await sandbox.transition('ORD-42', { to: 'done', as: mira });
    const { files } = await sandbox.record(await latest('workflow.before_transition'), { name: 'nobody_assigned' });
    expect(files).toEqual(['replay/nobody_assigned.json', 'replay/scenario.yaml']);
    const payload = JSON.parse(readFileSync(join(folder, 'nobody_assigned.json'), 'utf8')) as object;
    expect(payload).toMatchObject({ event: 'workflow.before_transition', issue: { key: 'ORD-42' } });
    for (const fresh of ['id', 'occurred_at', 'authentication', 'secrets', 'api']) {
      expect(payload).not.toHaveProperty(fresh);
    }
    const after = readFileSync(scenario, 'utf8');
    expect(after.startsWith(before)).toBe(true);
    const parts = parse(after) as { part: string; steps: unknown[] }[];
    expect(parts.at(-1)).toMatchObject({
      part: 'Recorded: nobody_assigned',
      steps: [
        { send: 'nobody_assigned.json', http: 200, answer: { status: 'deny', metadata: { approval_id: '<any>' } } },
      ],
    });
  });

  test('passes when it is replayed, with what its answer rests on', async () => {
    const { sandbox, replay, latest } = await startRecorder();
    await sandbox.transition('ORD-42', { to: 'done', as: mira });
    await sandbox.transition('ORD-43', { to: 'done', as: mira });
    await sandbox.act('approve_transition', { issue: 'ORD-43', as: noor });
    await sandbox.drain();
    await sandbox.act('decision_report', { project: 'ORD', as: mira });
    const names = {
      told_after: 'workflow.after_transition',
      approved: 'workflow.before_transition',
      approval: 'action:approve_transition',
      report: 'action:decision_report',
    };
    for (const [name, event] of Object.entries(names)) await sandbox.record(await latest(event), { name });
    const { code, stdout } = await replay();
    expect([code, stdout.slice(stdout.indexOf('Recorded: '))]).toEqual([
      0,
      expect.stringMatching(/ 0 failed\n$/) as string,
    ]);
    expect(stdout).toMatch(/✓ +report\.json +200 +success +Last 7 days: 1 allowed, 1 pending, 1 denied/);
  });

  test('is replayed with the settings that the guardian had', async () => {
    const settings = { required_approvals: '2' };
    const { sandbox, replay, latest } = await startRecorder({ settings }, { KIKET_SETTING_REQUIRED_APPROVALS: '2' });
    await sandbox.transition('ORD-43', { to: 'done', as: mira });
    await sandbox.record(await latest('workflow.before_transition'), { name: 'two_approvals' });
    const { code, stdout } = await replay();
    expect([code, stdout]).toEqual([0, expect.stringContaining('waits for 2 more approvals')]);
  });

  test('has a plain name, which is no file elsewhere', async () => {
    const { sandbox, folder, latest } = await startRecorder();
    await sandbox.transition('ORD-42', { to: 'done', as: mira });
    const [id, files] = [await latest('workflow.before_transition'), readdirSync(folder)];
    for (const name of ['../evil', '..', 'a/b', 'a.json', '', 'Ä', 'a'.repeat(61), '-a', 'CON ']) {
      await expect(sandbox.record(id, { name }), name).rejects.toThrow(/write small/);
    }
    expect(readdirSync(folder)).toEqual(files);
  });

  test('overwrites nothing, and leaves nothing half written', async () => {
    const { sandbox, folder, scenario, latest } = await startRecorder();
    await sandbox.act('approve_transition', { issue: 'ORD-43', as: noor });
    await sandbox.transition('ORD-43', { to: 'done', as: mira });
    const [before, files] = [readFileSync(scenario, 'utf8'), readdirSync(folder)];
    await expect(sandbox.record(await latest('workflow.before_transition'), { name: 'move_to_done' })).rejects.toThrow(
      'replay/move_to_done.json already exists. Choose another name.',
    );
    expect([readFileSync(scenario, 'utf8'), readdirSync(folder)]).toEqual([before, files]);
  });

  test('is refused if there is no folder for it', async () => {
    const { sandbox, folder, latest } = await startRecorder();
    rmSync(folder, { recursive: true });
    await sandbox.transition('ORD-42', { to: 'done', as: mira });
    await expect(sandbox.record(await latest('workflow.before_transition'), { name: 'x' })).rejects.toThrow(
      'replay/scenario.yaml is missing.',
    );
  });

  test.each([
    ['cut off', { drop: true }, 'The connection was cut.'],
    ['answered 500 on the way', { error: true }, 'HTTP 500'],
    ['answered 429 on the way', { too_many: true }, 'HTTP 429'],
    ['signed with another secret', { wrong_secret: true }, 'HTTP 401'],
  ])('is refused if it was %s: no replay gets that again', async (_how, faults, why) => {
    const { sandbox, latest } = await startRecorder();
    await sandbox.faults.set(faults);
    await sandbox.transition('ORD-42', { to: 'done', as: mira });
    await expect(sandbox.record(await latest('workflow.before_transition'), { name: 'x' })).rejects.toThrow(
      `Replay couldn't get this answer again (${why}). Turn off all faults, redeliver, and save that one.`,
    );
  });

  test('may be one that the guardian rejects', async () => {
    const { sandbox, scenario, latest } = await startRecorder();
    await sandbox.transition('ORD-42', { to: 'done', as: mira });
    const edited = await sandbox.sendEdited(await latest('workflow.before_transition'), { event: 5 });
    await sandbox.record(edited.id, { name: 'no_event' });
    expect(readFileSync(scenario, 'utf8')).toMatch(/- send: no_event\.json\n +http: 422\n/);
  });
});
