import { describe, expect, test } from 'vitest';
import { startFakeKiket as startStatusApi, type Reply, type Respond } from '../support/fakeKiket.ts';
import { createGuardian } from '../support/guardian.ts';

function moveTo(to: string, issue: Record<string, unknown> = {}) {
  return {
    event: 'workflow.before_transition',
    issue: { id: 42, key: 'ORD-42', project_id: 7, organization_id: 3, assignee_id: 19, ...issue },
    transition: { from: 'review', to, performed_by: 'mira@example.com' },
    secrets: { CHECKS_API_TOKEN: 'token of this installation' },
  };
}

/** A guardian that needs no approval and asks a status API, which answers so. */
async function createGuardianWithChecks(respond: Respond | Reply[], overrides: Record<string, string> = {}) {
  const api = await startStatusApi(respond);
  const CHECKS_URL = `${api.url}/commits/{issue}/status`;
  const guardian = await createGuardian({ overrides: { CHECKS_URL, REQUIRED_APPROVALS: '0', ...overrides } });
  return { ...guardian, ...api };
}

/** Checks in the form of GitHub's combined status. */
const statuses = (states: Record<string, string>): Reply[] => [
  { body: { statuses: Object.entries(states).map(([context, state]) => ({ context, state, id: 1 })) } },
];

const success = { context: 'build', state: 'success' };
const green: Reply = { body: { state: 'success', total_count: 1, statuses: [success] } };
const elsewhere: Reply = { status: 302, headers: { Location: '/green' } };

describe('checks', () => {
  test.each([
    [
      'that are all green allow',
      { build: 'success', lint: 'success' },
      { status: 'allow', metadata: { checks: { red: [], running: [], green: ['build', 'lint'] } } },
    ],
    [
      'of which one is red deny, and say which',
      { build: 'success', lint: 'failure', deploy: 'error', test: 'pending' },
      { status: 'deny', message: 'Mend what is red before this issue moves to "done": lint, deploy.' },
    ],
    [
      'that are running wait',
      { build: 'success', test: 'pending' },
      { status: 'pending', message: 'Waiting for checks that are still running: test.' },
    ],
    [
      'that have not begun wait',
      {},
      { status: 'pending', message: 'Waiting for the first check: none has reported yet.' },
    ],
  ])('%s', async (_what, states, expected) => {
    const { deliver } = await createGuardianWithChecks(statuses(states));
    const response = await deliver(moveTo('done'));
    expect([response.status, response.body]).toMatchObject([200, expected]);
  });

  test('are asked about the issue, with the secret as a bearer token', async () => {
    const { deliver, calls } = await createGuardianWithChecks(statuses({ build: 'success' }));
    await deliver(moveTo('done'));
    expect(calls).toMatchObject([
      {
        method: 'GET',
        path: '/commits/ORD-42/status?per_page=100',
        headers: { authorization: 'Bearer token of this installation' },
      },
    ]);
  });

  test('may come with their state as a whole and their number', async () => {
    const { deliver } = await createGuardianWithChecks([green]);
    expect((await deliver(moveTo('done'))).body).toMatchObject({ status: 'allow' });
  });

  test('are asked without a token where there is none', async () => {
    const { deliver, calls } = await createGuardianWithChecks(statuses({ build: 'success' }));
    const { secrets: _secrets, ...move } = moveTo('done');
    await deliver(move);
    expect(calls.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test('are not asked for a move into an open status, nor where no address is set', async () => {
    const { deliver, calls } = await createGuardianWithChecks(statuses({ build: 'failure' }));
    const open = await deliver(moveTo('review'));
    const without = await createGuardian({ overrides: { REQUIRED_APPROVALS: '0' } });
    const unset = await without.deliver(moveTo('done'));
    expect([open.body, unset.body, calls]).toMatchObject([{ status: 'allow' }, { status: 'allow' }, []]);
  });

  test.each<[string, Respond | Reply[]]>([
    ['answers with an error', [{ status: 500 }]],
    ['does not know the token', [{ status: 401, body: { message: 'Bad credentials' } }]],
    ['answers with something else', [{ body: { checks: 'green' } }]],
    ['answers with a state that nobody knows', statuses({ build: 'greenish' })],
    ['answers with a page', [{ body: '<html>' }]],
    ['sends us elsewhere', (call) => (call.path.startsWith('/green') ? green : elsewhere)],
    ['sends only some of them', [{ body: { state: 'success', total_count: 2, statuses: [success] } }]],
    ['contradicts itself', [{ body: { state: 'failure', statuses: [success] } }]],
    ['says that all is well and that none has reported', [{ body: { state: 'success', statuses: [] } }]],
    ['answers without end', [{ body: 'x'.repeat(6 * 1024 * 1024) }]],
    ['hangs up', (_call, response) => void response.destroy()],
  ])('of a status API that %s are decided by the failure policy', async (_what, respond) => {
    const { deliver } = await createGuardianWithChecks(respond);
    const response = await deliver(moveTo('done'));
    expect([response.status, response.body]).toMatchObject([
      200,
      {
        status: 'deny',
        message: expect.stringContaining('checksPass could not decide (service_unavailable)') as string,
        metadata: { failure: 'service_unavailable' },
      },
    ]);
    const lenient = await createGuardianWithChecks(respond, { FAILURE_POLICY: 'allow' });
    const degraded = await lenient.deliver(moveTo('done'));
    expect(degraded.body).toMatchObject({ status: 'allow', metadata: { degraded: true } });
  });

  test.each(['../../admin', '../../../kiket-dev/test', 'ORD 42', 'ORD-42?x=1', 'a/b', '%2e%2e'])(
    'of an issue called %s are not asked: the name could lead elsewhere',
    async (key) => {
      const { deliver, calls } = await createGuardianWithChecks(statuses({ build: 'success' }));
      const response = await deliver(moveTo('done', { key }));
      expect([response.body, calls]).toMatchObject([{ status: 'deny', metadata: { failure: 'guard_failed' } }, []]);
    },
  );
});
