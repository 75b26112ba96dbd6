import { describe, expect, test } from 'vitest';
import { mira, noor, rootWith, startGuarded, startStubbed } from '../support/sandbox.ts';

describe('what each guard says about a move', () => {
  test('is asked as an action that nobody lists and no fault strikes', async () => {
    const sandbox = await startGuarded();
    await sandbox.faults.set({ error: 1, wrong_secret: true, clock_skew: 3600, latency: 60_000 });
    expect(await sandbox.preview({ issue: 'ORD-43', as: noor })).toMatchObject({
      issue: 'ORD-43',
      to: 'done',
      user: { email: noor },
      report: {
        status: 'pending',
        guards: [
          { guard: 'requireFields', status: 'allow' },
          { guard: 'changeFreeze', status: 'allow' },
          { guard: 'checksPass', status: 'allow' },
          { guard: 'requireApprovals', status: 'pending', message: expect.stringContaining(noor) as string },
        ],
      },
      trouble: null,
    });
    expect(await sandbox.deliveries()).toEqual([]);
    expect(sandbox.faults.current().error).toBe(1);
  });

  test('is signed as any other delivery, and names the move', async () => {
    const { sandbox, received } = await startStubbed(() => [200, {}], { root: rootWith({}) });
    expect(await sandbox.preview({ issue: 'ORD-44', to: 'review', as: mira })).toMatchObject({ report: null });
    expect(received).toMatchObject([
      {
        headers: { 'x-kiket-signature': expect.stringMatching(/^[0-9a-f]{64}$/) as string },
        body: {
          event: expect.stringMatching(/\.explain_transition$/) as string,
          transition: { from: 'in_progress', to: 'review' },
          context: { issue: { key: 'ORD-44' }, user: { email: mira } },
        },
      },
    ]);
  });

  test('can be asked of an extension that has only the action, without a command', async () => {
    const root = rootWith({ contributes: undefined });
    const { sandbox, received } = await startStubbed(() => [200, {}], { root });
    await sandbox.preview({ issue: 'ORD-44', to: 'review' });
    expect(received[0]?.body).toMatchObject({ action_key: 'explain_transition', transition: { to: 'review' } });
  });

  test.each<[string, () => [number, unknown], string]>([
    ['with something else', () => [200, { status: 'success', data: {} }], 'HTTP 200 {"status":"success","data":{}}'],
    ['with a failure', () => [503, { error: {} }], 'HTTP 503 {"error":{}}'],
    ['with nothing', () => [200, ''], 'HTTP 200'],
  ])('is not known if the guardian answers %s, and the sandbox says so', async (_how, answer, why) => {
    const { sandbox } = await startStubbed(answer);
    expect(await sandbox.preview({ issue: 'ORD-44', to: 'review' })).toMatchObject({
      report: null,
      trouble: `The extension didn't say what its guards think: ${why}`,
    });
  });

  test('is not known if the extension has no such action, and only a move says', async () => {
    const { sandbox, received } = await startStubbed(() => [200, {}], { root: rootWith({ actions: [] }) });
    expect(await sandbox.preview({ issue: 'ORD-44', to: 'review' })).toMatchObject({
      trouble: expect.stringContaining('has no action explain_transition') as string,
    });
    expect(received).toEqual([]);
  });

  test('is about a move that the workflow has, or about none', async () => {
    const { sandbox, received } = await startStubbed(() => [200, {}]);
    expect(await sandbox.preview({ issue: 'ORD-44', to: 'done' })).toMatchObject({ to: 'review' });
    expect(received).toHaveLength(1);
    expect([await sandbox.preview({ issue: 'ORD-1' }), await sandbox.preview({})]).toEqual([null, null]);
    expect(received).toHaveLength(1);
  });

  test('is about the move that an issue waits for, and about who asked for it, for everyone who looks', async () => {
    const sandbox = await startGuarded();
    await sandbox.transition('ORD-43', { to: 'done', as: mira });
    expect(await sandbox.preview({ issue: 'ORD-43', as: noor })).toMatchObject({ to: 'done', user: { email: mira } });
    const elsewhere = await sandbox.preview({ issue: 'ORD-43', to: 'backlog', as: noor });
    expect(elsewhere).toMatchObject({ to: 'backlog', user: { email: noor } });
  });
});
