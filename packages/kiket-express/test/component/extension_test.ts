import { describe, expect, test } from 'vitest';
import { allow, deny, success } from '../../src/extension/decision.ts';
import { extension as begin, type GuardInput } from '../../src/extension/define.ts';
import type { Action, Guard, HandlerContext } from '../../src/extension/extension.ts';
import { runAction, testIssue } from '../../src/testing/handlers.ts';
import { loadTestSetup } from '../../src/testing/kiket.ts';
import { extension, type FixtureSettings } from '../fixture/src/extension.ts';
import { project as fixture } from '../fixture/src/project.ts';
import { startFakeKiket, type Reply } from '../support/fakeKiket.ts';
import { createGuardian } from '../support/guardian.ts';

type Input = GuardInput<FixtureSettings, 'CHECKS_API_TOKEN'>;

const { guard, action, define } = begin({
  settings: extension.settingsSchema,
  manifest: { secrets: ['CHECKS_API_TOKEN'] },
});

const authentication = {
  runtime_token: 'rt_example',
  expires_at: '2026-03-02T12:15:00Z',
  scopes: ['ext.api.read', 'ext.api.write'],
};
const issue = { id: 42, key: 'ORD-42', organization_id: 3, project_id: 7 };
const move = {
  event: 'workflow.before_transition',
  issue,
  transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
  authentication,
};
const press = { action_key: 'guardian_report', context: { issue, user: { id: 23 } }, authentication };

/** A guardian of these guards alone, beside a Kiket that answers so. */
async function start(guards: Record<string, Guard<FixtureSettings>>, replies: Reply[] = [], options = {}) {
  const kiket = await startFakeKiket(replies);
  const table = define({ guards, ...options });
  const guardian = await createGuardian({ baseUrl: kiket.url, extension: table });
  const decide = async (payload: object = move) => (await guardian.deliver(payload)).body as Record<string, unknown>;
  return { ...guardian, decide, calls: kiket.calls };
}

/** Tells a field's value. */
const showField = (name: string) =>
  guard(async ({ transition }) => {
    const value = await transition.issue.field(name);
    return allow({ data: { [name]: value === undefined ? 'blank' : value } });
  });

const withIssue = (fields: object) => ({ ...move, issue: { ...issue, ...fields } });

describe('a field of an issue', () => {
  test.each<[string, object, unknown]>([
    ['was sent', { due: '2026-04-01' }, '2026-04-01'],
    ['was sent among the custom ones', { custom_fields: { due: '2026-04-01' } }, '2026-04-01'],
    ['was sent in both places', { due: '2026-04-01', custom_fields: { due: 'never' } }, '2026-04-01'],
    ['was sent blank, and filled in among the custom ones', { due: ' ', custom_fields: { due: 'x' } }, 'x'],
    ['was sent filled in, and blank among the custom ones', { due: 'x', custom_fields: { due: '' } }, 'x'],
    ['was sent empty', { custom_fields: { due: '' } }, ''],
    ['is called by its id, and was sent as a record', { owner: { id: 19, name: 'Mira' } }, 19],
    ['is called by its id, and whose record was sent as null', { owner: null }, 'blank'],
  ])(
    'that %s is read without asking Kiket, and where it was not sent, as Kiket says it',
    async (_what, fields, value) => {
      const name = 'owner' in fields ? 'owner_id' : 'due';
      const expected = { status: 'allow', metadata: { [name]: value } };
      const { decide, calls } = await start({ see: showField(name) }, [{ body: { key: 'ORD-42', ...fields } }]);
      expect(await decide(withIssue(fields))).toEqual(expected);
      expect(calls).toEqual([]);
      expect(await decide()).toEqual(expected);
      expect(calls).toMatchObject([{ method: 'GET', path: '/api/v1/ext/issues/ORD-42' }]);
    },
  );

  test.each<object>([{}, { due: undefined, owner: { id: 19 } }])(
    'that Kiket does not say is blank: %j',
    async (fields) => {
      const { decide } = await start({ due: showField('due') }, [{ body: { key: 'ORD-42', ...fields } }]);
      expect(await decide()).toEqual({ status: 'allow', metadata: { due: 'blank' } });
    },
  );

  test.each(['constructor', '__proto__', 'toString'])(
    'that is called %s is nothing that objects have',
    async (name) => {
      const any = guard(async ({ transition }) =>
        allow({ data: { type: typeof (await transition.issue.field(name)) } }),
      );
      const { decide } = await start({ any }, [{ body: { key: 'ORD-42', custom_fields: {} } }]);
      expect(await decide()).toEqual({ status: 'allow', metadata: { type: 'undefined' } });
    },
  );

  test('is asked for once for all guards of a delivery, and again for the next one', async () => {
    const body = { key: 'ORD-42', due: '2026-04-01', owner: { id: 19 } };
    const { decide, calls } = await start({ due: showField('due'), owner: showField('owner_id') }, [
      { body },
      { body },
    ]);
    expect(await decide()).toEqual({ status: 'allow', metadata: { due: '2026-04-01', owner_id: 19 } });
    expect(calls).toHaveLength(1);
    await decide({ ...move, id: 'evt_2' });
    expect(calls).toHaveLength(2);
  });

  test.each<[string, object, Reply[], number, string?]>([
    ['the delivery has no token', { authentication: undefined }, [], 0],
    ['the token lacks the scope', { authentication: { ...authentication, scopes: ['comments:write'] } }, [], 0],
    ['Kiket refuses', {}, [{ status: 403, body: {} }], 1],
    ['Kiket knows no such issue', {}, [{ status: 404, body: {} }], 1],
    ['Kiket is down', {}, [], 1, 'kiket_unavailable'],
    ['Kiket answers with no issue', {}, [{ body: { due: 'x' } }], 1, 'kiket_refused'],
    ['Kiket answers with a list', {}, [{ body: [{ key: 'ORD-42' }] }], 1, 'kiket_refused'],
  ])(
    'that cannot be known because %s is denied, and Kiket asked no second time',
    async (_why, more, replies, asked, failure = 'field_unknown') => {
      const { decide, calls } = await start({ due: showField('due'), owner: showField('owner_id') }, replies);
      expect(await decide({ ...move, ...more })).toMatchObject({ status: 'deny', metadata: { failure } });
      expect(calls).toHaveLength(asked);
    },
  );

  test('can be read in an action too, of an issue that can be copied and handed to a review', async () => {
    const copied: unknown[] = [];
    const look = action(async ({ issue: asked, review, actor }) => {
      if (asked === undefined) return success('None.');
      copied.push({ ...asked }, await asked.field('due'));
      const { status, guards } = await review({ issue: asked, from: 'review', to: 'done', mover: actor });
      return success('Seen.', { status, guards });
    });
    const seen: unknown[] = [];
    const see = guard(({ transition }) => {
      seen.push(transition.issue.key, transition.issue.fields['due']);
      return deny('Not yet.');
    });
    const { deliver } = await start({ see }, [], { actions: { guardian_report: look } });
    const { body } = await deliver({ ...press, context: { ...press.context, issue: { ...issue, due: 'today' } } });
    expect(body).toMatchObject({ data: { status: 'deny' } });
    expect(copied).toMatchObject([{ id: '42', key: 'ORD-42', fields: { due: 'today' } }, 'today']);
    expect(seen).toEqual(['ORD-42', 'today']);
  });
});

describe('"when"', () => {
  const ask = guard(() => deny('Asked.'));
  const broken = () => {
    throw new Error('broken');
  };

  test('that is false asks no guard and keeps nothing', async () => {
    const when = ({ transition }: Pick<Input, 'transition'>) => transition.to !== 'done';
    const { decide, store } = await start({ ask }, [], { when });
    expect(await decide()).toEqual({ status: 'allow', metadata: {} });
    await store.settle();
    const since = new Date(0);
    const project = { organization: '3', projectId: '7', projectKey: undefined };
    expect(await store.decisions.count(project, since)).toEqual({ allow: 0, pending: 0, deny: 0 });

    expect(await decide({ ...move, transition: { ...move.transition, to: 'open' } })).toMatchObject({ status: 'deny' });
    await store.settle();
    expect(await store.decisions.count(project, since)).toEqual({ allow: 0, pending: 0, deny: 1 });
  });

  const denied = { status: 'deny', metadata: { failure: 'guard_failed' } };
  const degraded = { status: 'allow', metadata: { failure: 'guard_failed', degraded: true } };
  test.each<[string, object, string, object]>([
    ['the table', { when: broken, guards: { ask } }, 'deny', denied],
    ['the table', { when: broken, guards: { ask } }, 'allow', degraded],
    ['a guard', { guards: { ask: guard(() => allow(), { when: broken }) } }, 'deny', denied],
  ])('of %s that throws is answered by the failure policy', async (_whose, table, failure_policy, expected) => {
    const { deliver } = await createGuardian({ overrides: { failure_policy }, extension: define(table) });
    expect((await deliver(move)).body).toMatchObject(expected);
  });

  test.each<[unknown, string[]]>([
    [true, ['some', 'every']],
    [undefined, ['some', 'every']],
    [Promise.resolve(false), ['some', 'every']],
    ['a rejection', ['some', 'every']],
    [false, ['every']],
  ])('of a guard that is %o asks %j, and so does that of a table', async (result, asked) => {
    const when = () => (result === 'a rejection' ? Promise.reject(new Error('broken')) : result) as boolean;
    const some = guard(() => deny('Asked.'), { when });
    const byGuard = (await (await start({ some, every: ask })).decide()) as { metadata: { reasons: object[] } };
    expect(byGuard.metadata.reasons).toEqual(asked.map((name) => ({ guard: name, status: 'deny', message: 'Asked.' })));
    expect(await (await start({ ask }, [], { when })).decide()).toMatchObject({
      status: result === false ? 'allow' : 'deny',
    });
  });
});

/** Every call within, by its path. */
function callsWithin(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([name, each]: [string, unknown]) => {
    if (typeof each === 'function') return [`${path}${name}`];
    return typeof each === 'object' && each !== null ? callsWithin(each, `${path}${name}.`) : [];
  });
}

describe('what a guard gets', () => {
  test('only reads, also where somebody goes around the types', async () => {
    let seen: string[] = [];
    const look = guard(({ kiket, approvals, decisions }) => {
      seen = callsWithin({
        kiket: { ...kiket, table: kiket.customData(7), sla: kiket.slaEvents(7) },
        approvals,
        decisions,
      });
      return allow();
    });
    await (await start({ look })).decide();
    expect(seen.toSorted()).toEqual([
      'approvals.count',
      'approvals.list',
      'decisions.count',
      'kiket.customData',
      'kiket.get',
      'kiket.issues.get',
      'kiket.issues.list',
      'kiket.sla.list',
      'kiket.slaEvents',
      'kiket.table.get',
      'kiket.table.list',
    ]);
  });

  test('is all there, also in what is left of it', async () => {
    const show = guard(({ transition, ...rest }) => {
      const { settings, secret, now, signal, payload, log } = rest;
      log.info('Told.');
      return allow({
        data: {
          to: transition.to,
          needed: settings.required_approvals,
          secret: secret('CHECKS_API_TOKEN'),
          now: now.toISOString(),
          isAborted: signal.aborted,
          event: payload['event'],
        },
      });
    });
    const { decide, logged } = await start({ show });
    expect((await decide({ ...move, secrets: { CHECKS_API_TOKEN: 'installed' } }))['metadata']).toEqual({
      to: 'done',
      needed: 1,
      secret: 'installed',
      now: '2026-03-02T12:00:00.000Z',
      isAborted: false,
      event: 'workflow.before_transition',
    });
    expect(logged()).toMatchObject([{ msg: 'Told.' }, { msg: 'delivery' }]);
  });

  test('is that of its own transition and delivery, whatever the guard got before', async () => {
    const show = guard(({ transition: { to }, extensionId }) => allow({ message: `${extensionId} ${to}` }));
    const contexts: HandlerContext<FixtureSettings>[] = [];
    const keep: Action<FixtureSettings> = (_delivery, given) => {
      contexts.push(given);
      return success('Kept.');
    };
    const { settings } = loadTestSetup(fixture);
    await runAction(keep, { settings });
    const [context] = contexts as [HandlerContext<FixtureSettings>];
    const other = Object.create(context, { extensionId: { value: 'other' } }) as typeof context;
    const done = { issue: testIssue(), from: 'review', to: 'done', mover: ['id:19'] };
    const released = { ...done, to: 'released' };
    const answers = await Promise.all([show(done, context), show(released, context), show(released, other)]);
    const { extensionId } = context;
    expect(answers.map(({ message }) => message)).toEqual([
      `${extensionId} done`,
      `${extensionId} released`,
      'other released',
    ]);
  });

  test('cannot be changed for the next one', async () => {
    const vandal = guard((input) => {
      input.now.setTime(0);
      const changes: (() => unknown)[] = [
        () => Object.assign(input, { settings: { required_approvals: 0 } }),
        () => Object.assign(input.settings, { required_approvals: 0 }),
        () => Object.assign(input.transition, { to: 'open' }),
        () => Object.assign(input.transition.issue, { key: 'ORD-1', field: () => 'forged' }),
        () => Object.assign(input.transition.issue.fields, { due: 'never' }),
        () => Object.assign(input, { approvals: { list: async () => [] } }),
        () => Object.assign(input.decisions, { count: async () => ({}) }),
        () => Object.assign(input.payload, { event: 'forged' }),
      ];
      for (const change of changes) expect(change).toThrow(TypeError);
      return allow();
    });
    const show = guard(async ({ now, settings, transition, approvals, payload }) => {
      const { issue: asked, to } = transition;
      const due = await asked.field('due');
      const given = await approvals.list(asked);
      const [hour, needed, key] = [now.getUTCHours(), settings.required_approvals, asked.key];
      return allow({ data: { hour, needed, to, key, due, given, event: payload['event'] } });
    });
    const { decide } = await start({ vandal, show });
    const { metadata } = await decide(withIssue({ due: 'today' }));
    const expected = { hour: 12, needed: 1, to: 'done', key: 'ORD-42', due: 'today', given: [], event: move.event };
    expect(metadata).toEqual(expected);
  });
});

describe('actions and listeners', () => {
  test.each<[string, Reply[], string, string]>([
    ['makes a call', [{ body: { key: 'ORD-42' } }], 'issues:read', 'ORD-42'],
    ['makes none without the scope', [], 'issues:write', 'nothing'],
  ])('ifAllowed() %s', async (_what, replies, scope, answered) => {
    const kiket = await startFakeKiket(replies);
    const read = action(async ({ ifAllowed, kiket: calling }) => {
      const asked = await ifAllowed('issues:read', () => calling.issues.get('ORD-42'));
      return success('Asked.', { answered: asked?.key ?? 'nothing' });
    });
    const table = define({ actions: { guardian_report: read } });
    const { deliver } = await createGuardian({ baseUrl: kiket.url, extension: table });
    const { body } = await deliver({ ...press, authentication: { ...authentication, scopes: [scope] } });
    expect(body).toMatchObject({ status: 'success', data: { answered } });
  });
});

test('what a table leaves out is empty, and without guards nothing is allowed', async () => {
  const empty = define({});
  expect(empty).toEqual({
    settingsSchema: extension.settingsSchema,
    guards: {},
    overridable: [],
    actions: {},
    listeners: {},
  });
  expect(() => define({ overridable: ['x'] })).toThrow('Unknown guard in overridable: x');
  for (const [failure_policy, table] of [
    ['deny', empty],
    ['allow', empty],
    ['deny', define({ when: () => false })],
  ] as const) {
    const { deliver } = await createGuardian({ overrides: { failure_policy }, extension: table });
    expect((await deliver(move)).body).toMatchObject({ status: 'deny', metadata: { failure: 'guard_missing' } });
  }
});
