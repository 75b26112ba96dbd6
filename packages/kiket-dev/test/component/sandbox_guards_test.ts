import { describe, expect, test } from 'vitest';
import { mira, noor, rootWith, startGuarded, startStubbed } from '../support/sandbox.ts';

describe('what each guard says about a move', () => {
  test('is asked as an action that nobody lists and no fault strikes', async () => {
    const sandbox = await startGuarded();
    await sandbox.faults.set({ error: 1, wrong_secret: true, clock_skew: 3600, latency: 60_000 });
    expect(await sandbox.guards('ORD-43', { to: 'done', as: noor })).toMatchObject({
      to: 'done',
      status: 'pending',
      guards: [
        { guard: 'requireFields', status: 'allow' },
        { guard: 'changeFreeze', status: 'allow' },
        { guard: 'checksPass', status: 'allow' },
        { guard: 'requireApprovals', status: 'pending', message: expect.stringContaining(noor) as string },
      ],
    });
    expect(await sandbox.deliveries()).toEqual([]);
    expect(sandbox.faults.current().error).toBe(1);
  });

  test('is signed as any other delivery, and names the move', async () => {
    const { sandbox, received } = await startStubbed(() => [200, {}], { root: rootWith({}) });
    await expect(sandbox.guards('ORD-44', { to: 'review', as: mira })).rejects.toThrow("didn't say");
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

  test('can be asked of an extension that has the action alone, without a command', async () => {
    const root = rootWith({ contributes: undefined });
    const { sandbox, received } = await startStubbed(() => [200, {}], { root });
    await expect(sandbox.guards('ORD-44', { to: 'review' })).rejects.toThrow("didn't say");
    expect(received[0]?.body).toMatchObject({ action_key: 'explain_transition', transition: { to: 'review' } });
  });

  test.each<[string, () => [number, unknown], string]>([
    ['with something else', () => [200, { status: 'success', data: {} }], 'HTTP 200 {"status":"success","data":{}}'],
    ['with a failure', () => [503, { error: {} }], 'HTTP 503 {"error":{}}'],
    ['with nothing', () => [200, ''], 'HTTP 200'],
  ])('is not known if the guardian answers %s, and the sandbox says so', async (_how, answer, told) => {
    const { sandbox } = await startStubbed(answer);
    await expect(sandbox.guards('ORD-44', { to: 'review' })).rejects.toThrow(
      `The extension didn't say what its guards think: ${told}`,
    );
  });

  test('is not known if the extension has no such action, and only a move says', async () => {
    const { sandbox, received } = await startStubbed(() => [200, {}], { root: rootWith({ actions: [] }) });
    await expect(sandbox.guards('ORD-44', { to: 'review' })).rejects.toThrow('has no action explain_transition');
    expect(received).toEqual([]);
  });

  test('is asked about no move that the workflow does not have', async () => {
    const { sandbox, received } = await startStubbed(() => [200, {}]);
    expect(await sandbox.guards('ORD-44', { to: 'done' })).toBe(null);
    expect(received).toEqual([]);
  });
});
