import { createHmac } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { printAction } from '../../src/sandbox/cli/print.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { projectRoot } from '../support/folders.ts';
import { defer } from '../../../kiket-express/test/support/defer.ts';
import { mira, noor, rootWith, startGuarded, startStubbed, whereIs, type StubAnswer } from '../support/sandbox.ts';

const toDone = { to: 'done', as: mira };

describe('an approval', () => {
  test('may come from the command of the palette instead of the action', async () => {
    const sandbox = await startGuarded();
    await sandbox.transition('ORD-43', toDone);
    const approved = await sandbox.act('approve_transition', { issue: 'ORD-43', as: noor, form: 'command' });
    expect(approved).toMatchObject({ http: 200, answer: { status: 'success' }, moves: [{ status: 'allow' }] });
    expect((await sandbox.delivery(approved.delivery)).content['event']).toBe('guardian.approve_transition');
  });

  test('no longer counts when what was approved has changed, and a comment says so', async () => {
    const sandbox = await startGuarded();
    await sandbox.act('approve_transition', { issue: 'ORD-43', as: noor });
    await sandbox.changeIssue('ORD-43', { issue: { title: 'Round totals up' }, as: mira });
    await sandbox.drain();
    const { comments } = await sandbox.issue('ORD-43');
    expect(comments.map(({ body }) => body)).toEqual([
      'The approval by noor@example.com no longer counts, because Title changed. Please approve again.',
    ]);
    expect(await sandbox.transition('ORD-43', toDone)).toMatchObject({ status: 'pending' });
  });

  test('counts no more after the story has started over, and neither does a decision', async () => {
    const sandbox = await startGuarded();
    await sandbox.transition('ORD-42', toDone);
    await sandbox.act('approve_transition', { issue: 'ORD-43', as: noor });
    await sandbox.reset();
    expect(await sandbox.transition('ORD-43', toDone)).toMatchObject({ status: 'pending' });
    const { answer } = await sandbox.act('decision_report', { project: 'ORD' });
    expect(answer).toMatchObject({ data: { allow: 0, pending: 1, deny: 0 } });
  });
});

describe('a required guard that answers', () => {
  const moved: StubAnswer = (response) => void response.writeHead(302, { Location: '/elsewhere' }).end();
  const hang: StubAnswer = () => {};
  const cut: StubAnswer = (response) => void response.socket?.destroy();

  test.each<[string, StubAnswer, string, unknown, string | null]>([
    ['200 allow', [200, { status: 'allow' }], 'allow', null, null],
    ['201 deny', [201, { status: 'deny', message: 'No.' }], 'deny', 'No.', null],
    ['200 pending', [200, { status: 'pending', message: 'Wait.' }], 'pending', 'Wait.', 'done'],
    ['200 without a status', [200, { message: 'Hm.' }], 'allow', 'Hm.', null],
    ['an unknown status', [200, { status: 'maybe' }], 'allow', null, null],
    ['a status in capitals', [200, { status: 'DENY' }], 'allow', null, null],
    ['an empty 200', [200, ''], 'allow', null, null],
    ['an empty 204', [204, ''], 'allow', null, null],
    ['what is not JSON', [200, 'deny'], 'allow', null, null],
    ['JSON that is not an object', [200, '"deny"'], 'allow', null, null],
    ['a deny in a 400', [400, { status: 'allow' }], 'deny', 'The extension gave no decision: HTTP 400', null],
    [
      'a reason in a 401',
      [401, { error: { code: 'signature_mismatch', message: 'Not by us.' } }],
      'deny',
      'The extension gave no decision: HTTP 401. Not by us.',
      null,
    ],
    ['404', [404, ''], 'deny', 'The extension gave no decision: HTTP 404', null],
    ['500', [500, { status: 'allow' }], 'deny', 'The extension gave no decision: HTTP 500', null],
    ['a redirect', moved, 'deny', 'The extension gave no decision: HTTP 302', null],
    ['too much', [200, ' '.repeat(6_000_000)], 'deny', expect.stringContaining('larger than 5 MB'), null],
    ['too late', hang, 'deny', 'The extension gave no decision: No answer within 100 ms.', null],
    ['nothing', cut, 'deny', expect.stringMatching(/decision: .{5}/), null],
  ])('%s', async (_name, answer, status, message, waits) => {
    const { sandbox } = await startStubbed(
      ({ body }) => (body.event === 'workflow.before_transition' ? answer : [200, {}]),
      answer === hang ? { root: rootWith({}, 100) } : {},
    );
    const outcome = await sandbox.transition('ORD-42', toDone);
    expect([outcome.status, outcome.message]).toEqual([status, message]);
    const now = status === 'allow' ? 'done' : 'review';
    expect(await whereIs(sandbox, 'ORD-42')).toEqual({ status: now, waits });
    await sandbox.drain();
    const reports = (await sandbox.deliveries()).filter(({ event }) => event === 'workflow.after_transition');
    expect(reports).toHaveLength(status === 'allow' ? 1 : 0);
  });

  test('is asked where its hook stands beside the extension, as in the guide', async () => {
    const root = rootWith({ hooks: undefined });
    appendFileSync(join(root, '.kiket', 'manifest.yaml'), 'hooks: [{ event: before_transition, required: true }]\n');
    const { sandbox } = await startStubbed(() => [200, { status: 'deny', message: 'No.' }], { root });
    expect(await sandbox.transition('ORD-42', toDone)).toMatchObject({ status: 'deny', message: 'No.' });
  });
});

describe('a hook that is not required', () => {
  test('is notified in the background, and its answer does not count', async () => {
    const root = rootWith({ hooks: ['workflow.before_transition'] });
    const asked = defer();
    const { sandbox, received } = await startStubbed(
      () => (response) => void asked.promise.then(() => response.end('{"status":"deny"}')),
      { root },
    );
    const outcome = await sandbox.transition('ORD-42', toDone);
    asked.resolve();
    await sandbox.drain();
    expect(outcome).toMatchObject({ status: 'allow', deliveries: [] });
    expect(await whereIs(sandbox, 'ORD-42')).toEqual({ status: 'done', waits: null });
    expect(received.map(({ body }) => body.event)).toEqual(['workflow.before_transition']);
  });

  test('is posted to its own endpoint', async () => {
    const root = rootWith({ hooks: [{ event: 'issue.created', endpoint: '/webhooks/kiket/issue_created' }] });
    const { sandbox, received } = await startStubbed(() => [200, {}], { root });
    await sandbox.createIssue({ issue: { title: 'One', project_key: 'ORD' }, as: mira });
    await sandbox.drain();
    expect(received.map(({ path, body }) => [path, body.issue['key']])).toEqual([
      ['/webhooks/kiket/issue_created', 'ORD-46'],
    ]);
  });
});

describe('a waiting move', () => {
  async function startWaiting(later: StubAnswer, action: StubAnswer) {
    let asked = 0;
    const guard = (): StubAnswer => {
      asked += 1;
      return asked === 1 ? [200, { status: 'pending', message: 'Wait.' }] : later;
    };
    const { sandbox } = await startStubbed(({ body }) => {
      if (body.action_key !== undefined) return action;
      return body.event === 'workflow.before_transition' ? guard() : [200, {}];
    });
    await sandbox.transition('ORD-42', toDone);
    return { sandbox, asked: () => asked };
  }

  const success: StubAnswer = [200, { status: 'success' }];

  test('moves when an action succeeds and the guard then allows', async () => {
    const { sandbox } = await startWaiting([200, { status: 'allow' }], success);
    const { moves } = await sandbox.act('approve_transition', { issue: 'ORD-42', as: noor });
    expect(moves).toMatchObject([{ status: 'allow', to: 'done', issue: { status: 'done' } }]);
    expect(await whereIs(sandbox, 'ORD-42')).toEqual({ status: 'done', waits: null });
    // By the person who asked for it, not by the one who approved.
    const asked = (await sandbox.deliveries()).filter(({ event }) => event === 'workflow.before_transition');
    const transition = { from: 'review', to: 'done', performed_by: mira };
    expect(asked.map(({ content }) => content['transition'])).toEqual([transition, transition]);
  });

  test('is cancelled when the guard then denies', async () => {
    const { sandbox } = await startWaiting([200, { status: 'deny', message: 'No.' }], success);
    const { moves } = await sandbox.act('approve_transition', { issue: 'ORD-42', as: noor });
    expect(moves).toMatchObject([{ status: 'deny', message: 'No.' }]);
    expect(await whereIs(sandbox, 'ORD-42')).toEqual({ status: 'review', waits: null });
  });

  test.each<[string, StubAnswer]>([
    ['says error', [200, { status: 'error', message: 'Not you.' }]],
    ['fails', [500, { status: 'success' }]],
    ['says nothing', [200, '']],
  ])('stays where it is when the action %s', async (_how, action) => {
    const { sandbox, asked } = await startWaiting([200, { status: 'allow' }], action);
    const { moves } = await sandbox.act('approve_transition', { issue: 'ORD-42', as: noor });
    expect([moves, asked()]).toEqual([[], 1]);
    expect(await whereIs(sandbox, 'ORD-42')).toEqual({ status: 'review', waits: 'done' });
  });

  test('moves once when two approve at once, and both approvals are answered', async () => {
    const slow: StubAnswer = (response) => void setTimeout(() => response.end('{"status":"allow"}'), 50);
    const { sandbox, asked } = await startWaiting(slow, success);
    const approve = (as: string) => sandbox.act('approve_transition', { issue: 'ORD-42', as });
    const [one, other] = await Promise.all([approve(noor), approve('sam@example.com')]);
    expect([one.answer, other.answer]).toEqual([{ status: 'success' }, { status: 'success' }]);
    expect([...one.moves, ...other.moves].map(({ status }) => status)).toEqual(['allow']);
    await sandbox.drain();
    const reports = (await sandbox.deliveries()).filter(({ event }) => event === 'workflow.after_transition');
    expect([asked(), reports.length]).toEqual([2, 1]);
  });

  test('of another issue is left alone', async () => {
    const { sandbox } = await startWaiting([200, { status: 'allow' }], success);
    const { moves } = await sandbox.act('approve_transition', { issue: 'ORD-43', as: noor });
    expect([moves, await whereIs(sandbox, 'ORD-42')]).toEqual([[], { status: 'review', waits: 'done' }]);
  });
});

describe('a move', () => {
  test('that the workflow does not have is refused before any guard is asked', async () => {
    const { sandbox, received } = await startStubbed(() => [200, {}]);
    await expect(sandbox.transition('ORD-45', toDone)).rejects.toMatchObject({
      status: 422,
      code: 'TRANSITION_NOT_FOUND',
      message: "ORD-45 can't move from backlog to done. Available: in_progress.",
    });
    expect(received).toEqual([]);
  });

  test('waits for another one of the same issue, and goes on from where that leads', async () => {
    const slow = defer();
    const arrived = defer();
    const { sandbox } = await startStubbed(({ body }) => {
      if (JSON.stringify(body).includes('"to":"backlog"')) return [200, { status: 'allow' }];
      arrived.resolve();
      return (response) => void slow.promise.then(() => response.end('{"status":"allow"}'));
    });
    const first = sandbox.transition('ORD-42', toDone);
    await arrived.promise;
    const second = sandbox.transition('ORD-42', { to: 'backlog', as: noor });
    slow.resolve();
    expect([(await first).status, (await second).status]).toEqual(['allow', 'allow']);
    await sandbox.drain();
    const moves = (await sandbox.deliveries()).filter(({ event }) => event === 'workflow.after_transition');
    expect(moves.map(({ content }) => content)).toMatchObject([
      { issue: { status: 'backlog' }, transition: { from: 'done', to: 'backlog', performed_by: noor } },
      { issue: { status: 'done' }, transition: { from: 'review', to: 'done', performed_by: mira } },
    ]);
  });

  test('is not made when the story starts over meanwhile, and the answer of the action stands', async () => {
    let asked = 0;
    const { sandbox } = await startStubbed(({ body }) => {
      if (body.action_key !== undefined) return [200, { status: 'success', message: 'Approved.' }];
      if (body.event !== 'workflow.before_transition') return [200, {}];
      asked += 1;
      if (asked < 3) return [200, { status: asked === 1 ? 'allow' : 'pending' }];
      return (response) => void sandbox.reset().then(() => response.end('{"status":"allow"}'));
    });
    await sandbox.transition('ORD-42', { to: 'backlog', as: mira });
    await sandbox.transition('ORD-42', { to: 'in_progress', as: mira });
    const approved = await sandbox.act('approve_transition', { issue: 'ORD-42', as: noor });
    const refusal = 'The sandbox started over before ORD-42 could move.';
    expect(approved).toMatchObject({ answer: { message: 'Approved.' }, moves: [], refusal });
    expect(printAction(approved)).toContain(refusal);
    expect(await whereIs(sandbox, 'ORD-42')).toEqual({ status: 'review', waits: null });
  });
});

describe('a delivery', () => {
  test('is what the delivery contract says, and is signed', async () => {
    const now = new Date('2026-03-02T12:00:00Z');
    const { sandbox, received } = await startStubbed(() => [200, {}], { clock: () => now });
    const { deliveries } = await sandbox.transition('ORD-43', toDone);
    const [{ headers, text, body } = { headers: {}, text: '', body: {} }] = received;
    const any = expect.any(String) as string;
    expect(body).toEqual({
      id: expect.stringMatching(/^evt_/) as string,
      event: 'workflow.before_transition',
      event_version: 'v1',
      occurred_at: '2026-03-02T12:00:00.000Z',
      organization_id: 3,
      project: { id: 7, key: 'ORD', name: 'Orders' },
      issue: {
        id: 4712,
        key: 'ORD-43',
        project_id: 7,
        organization_id: 3,
        title: 'Round totals to the cent',
        description: null,
        status: 'review',
        issue_type: 'feature',
        priority: 'medium',
        assignee_id: 23,
        assignee: { id: 23, email: noor, name: 'Noor' },
        labels: [],
        custom_fields: {},
        created_at: '2026-03-02T12:00:00.000Z',
        updated_at: '2026-03-02T12:00:00.000Z',
      },
      transition: { from: 'review', to: 'done', performed_by: mira },
      context: { user_id: 19, user: { id: 19, email: mira, name: 'Mira' }, workspace: 'acme' },
      authentication: {
        token_type: 'runtime',
        runtime_token: expect.stringMatching(/^rt_/) as string,
        expires_at: '2026-03-02T12:15:00.000Z',
        scopes: [
          'issues:read',
          'issues:write',
          'comments:read',
          'comments:write',
          'custom_data:read',
          'custom_data:write',
          'ext.secrets.read',
        ],
      },
      api: { base_url: sandbox.url, runtime_header: 'X-Kiket-Runtime-Token' },
      secrets: {},
      secret_status: { missing: ['CHECKS_API_TOKEN'] },
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-kiket-event': 'workflow.before_transition',
      'x-kiket-event-version': 'v1',
      'x-kiket-delivery': deliveries[0],
      'x-kiket-invocation': any,
      'x-kiket-organization': '3',
      'x-kiket-project': '7',
      'x-kiket-timestamp': '1772452800',
      'x-kiket-signature': createHmac('sha256', sandbox.secret).update(`1772452800.${text}`).digest('hex'),
    });
  });

  test('of an action is what the guide says, with the same blocks', async () => {
    const { sandbox, received } = await startStubbed(() => [200, { status: 'success' }]);
    await sandbox.act('approve_transition', { issue: 'ORD-43', as: noor });
    const { action_key: key, context, organization_id: organization, ...rest } = { ...received[0]?.body };
    expect([key, organization]).toEqual(['approve_transition', 3]);
    expect(context).toMatchObject({
      project: { id: 7, key: 'ORD' },
      issue: { id: 4712, key: 'ORD-43' },
      user: { id: 23, email: noor },
    });
    expect(Object.keys(rest)).toEqual(['authentication', 'api', 'secrets', 'secret_status']);
  });

  test.each([
    ['action', { action_key: 'override_transition', inputs: { reason: 'Down.' } }],
    ['command', { event: 'guardian.override_transition', reason: 'Down.' }],
  ] as const)('of an %s has what was typed in', async (form, body) => {
    const { sandbox, received } = await startStubbed(() => [200, { status: 'success' }]);
    await sandbox.act('override_transition', { issue: 'ORD-43', as: noor, form, inputs: { reason: 'Down.' } });
    expect(received[0]?.body).toMatchObject(body);
  });

  test.each([
    ['unknown', 'dance', { issue: 'ORD-42' }, 'ACTION_NOT_FOUND'],
    ['not offered for a project', 'approve_transition', { project: 'ORD' }, 'ACTION_NOT_OFFERED'],
    ['about nothing', 'decision_report', {}, 'SUBJECT_MISSING'],
    ['by nobody who is here', 'decision_report', { project: 'ORD', as: 'x@example.com' }, 'USER_NOT_FOUND'],
  ])('of an action that is %s is not made', async (_why, key, given, code) => {
    const { sandbox, received } = await startStubbed(() => [200, {}]);
    await expect(sandbox.act(key, given)).rejects.toMatchObject({ code });
    expect(received).toEqual([]);
  });

  test('is not made as long as nobody says where the extension is', async () => {
    const sandbox = await createSandbox({ root: projectRoot });
    await expect(sandbox.transition('ORD-42', toDone)).rejects.toMatchObject({ code: 'EXTENSION_UNKNOWN' });
    await sandbox.close();
  });
});
