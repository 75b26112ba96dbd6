import { expect, test } from 'vitest';
import { mira, noor, startGuarded } from '../support/sandbox.ts';

// What the guardian writes to Kiket after a move, over real HTTP, in fair weather and in foul.

test.each([
  ['is well', {}, [200]],
  ['fails three times and more', { api_error: 3 }, [503, 503, 503, 200]],
  ['loses the answer to what it has done', { api_lost: 1 }, [200]],
  ['loses every answer for a while', { api_lost: 4 }, [503, 200]],
  ['cuts connections', { api_drop: 2 }, [200]],
  ['asks to wait a second', { api_too_many: 1 }, [200]],
  ['writes tokens as JWT', { token: 'jwt' }, [200]],
])(
  'a Kiket that %s gets one comment, one row about the move and one about the wait',
  async (_what, faults, answers) => {
    const sandbox = await startGuarded({ retryDelaysMs: [0, 0, 0, 0] });
    await sandbox.transition('ORD-43', { to: 'done', as: mira });
    await sandbox.drain();
    await sandbox.faults.set(faults);
    await sandbox.act('approve_transition', { issue: 'ORD-43', as: noor });
    await sandbox.drain();
    const { status, comments } = await sandbox.issue('ORD-43');
    const after = (await sandbox.deliveries()).find(({ event }) => event === 'workflow.after_transition');
    const { custom_data: rows } = await sandbox.records();
    expect({
      status,
      answers: after?.attempts.map((attempt) => attempt.status),
      comments: comments.map(({ body }) => body),
      rows: rows.map(({ record }) => record),
    }).toMatchObject({
      status: 'done',
      answers,
      comments: [`Moved to "done". Approved by ${noor}.`],
      rows: [
        { decision: 'allow', message: `Approved by ${noor}.` },
        { decision: 'pending', message: expect.stringContaining('waits for 1 more approval') as string },
      ],
    });
  },
);
