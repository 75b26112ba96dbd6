import { describe, expect, test } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { mira, noor, startGuarded } from '../support/sandbox.ts';

// What the guardian writes to Kiket after a move, over real HTTP, in fair weather and in foul.

/** ORD-42, ready to be moved by Mira as soon as Noor approves. */
async function startReady(options: Partial<SandboxOptions> = {}) {
  const sandbox = await startGuarded(options);
  await sandbox.changeIssue('ORD-42', { issue: { assignee_id: 19 }, as: mira });
  await sandbox.transition('ORD-42', { to: 'done', as: mira });
  await sandbox.drain();
  /** Approves, which moves the issue, and waits for all that follows. */
  const approve = async () => {
    await sandbox.act('approve_transition', { issue: 'ORD-42', as: noor });
    await sandbox.drain();
    const { status, comments } = await sandbox.issue('ORD-42');
    const deliveries = await sandbox.deliveries();
    const after = deliveries.find(({ event }) => event === 'workflow.after_transition');
    return {
      status,
      comments: comments.map(({ body }) => body),
      rows: (await sandbox.records()).custom_data.map(({ record }) => record),
      answers: after?.attempts.map(({ status: http }) => http),
    };
  };
  return { sandbox, approve };
}

const approved = {
  status: 'done',
  comments: [`Moved to "done". Approved by ${noor}.`],
  rows: [
    { decision: 'allow', from_state: 'review', to_state: 'done', message: `Approved by ${noor}.` },
    {
      decision: 'pending',
      from_state: 'review',
      to_state: 'done',
      message: `Moving to "done" waits for 1 more approval from anyone but ${mira} (0 of 1 given).`,
    },
  ],
};

describe('after a move', () => {
  test.each([
    ['is well', {}, [200]],
    ['fails three times and more', { api_error: 3 }, [503, 503, 503, 200]],
    ['loses the answer to what it has done', { api_lost: 1 }, [200]],
    ['loses every answer for a while', { api_lost: 4 }, [503, 200]],
    ['cuts connections', { api_drop: 2 }, [200]],
    ['asks to wait a second', { api_too_many: 1 }, [200]],
    ['writes tokens as JWT', { token: 'jwt' }, [200]],
  ])(
    'a Kiket that %s has one comment that says who approved, one row, and one about the wait',
    async (_what, faults, answers) => {
      const { sandbox, approve } = await startReady({ retryDelaysMs: [0, 0, 0, 0] });
      await sandbox.faults.set(faults);
      expect(await approve()).toMatchObject({ ...approved, answers });
    },
  );

  test('with a token that has expired, the move stands and Kiket is not notified', async () => {
    const { sandbox, approve } = await startReady();
    await sandbox.faults.set({ expired_token: true });
    expect(await approve()).toMatchObject({ status: 'done', comments: [], rows: [], answers: [200] });
  });

  test('with a token that may do nothing, too', async () => {
    const { approve } = await startReady({ scopes: ['issues:read'] });
    expect(await approve()).toMatchObject({ status: 'done', comments: [], rows: [], answers: [200] });
  });
});

test('a new issue gets a comment that says what it will need', async () => {
  const sandbox = await startGuarded();
  const { key } = await sandbox.createIssue({ issue: { project_key: 'ORD', title: 'Refund a return' }, as: mira });
  await sandbox.drain();
  expect((await sandbox.issue(key)).comments.map(({ body }) => body)).toEqual([
    expect.stringMatching(/"done".* Assignee .* 1 approval/) as string,
  ]);
});
