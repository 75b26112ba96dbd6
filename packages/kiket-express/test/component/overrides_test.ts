import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { marginMs } from '../../src/deadline.ts';
import { DeliveryError } from '../../src/errors.ts';
import { extension as begin } from '../../src/extension/define.ts';
import { loadTestSetup } from '../../src/testing/kiket.ts';
import { extension } from '../fixture/src/extension.ts';
import { project } from '../fixture/src/project.ts';
import { createGuardian, noon, statusesOf } from '../support/guardian.ts';

const mira = { id: 19, email: 'mira@example.com' };
const kim = { id: 37, email: 'kim@example.com' };
const place = { organization: { id: 3, subdomain: 'acme' }, project: { id: 7, key: 'ORD' } };
const issue = { id: 42, key: 'ORD-42', assignee_id: 19 };
const transition = { from: 'review', to: 'done', performed_by: mira };
const move = { event: 'workflow.before_transition', ...place, issue, transition };
const released = { ...move, transition: { ...transition, to: 'released' } };
const moved = { ...move, event: 'workflow.after_transition' };
const override = {
  action_key: 'override_transition',
  organization: place.organization,
  inputs: { reason: 'The shop is down.' },
  context: { project: place.project, issue, user: kim },
};

const start = (overrides: Record<string, string> = {}) =>
  createGuardian({
    overrides: { PROTECTED_STATUSES: 'done, released', OVERRIDE_USERS: 'kim@example.com', ...overrides },
  });

describe('an override', () => {
  test('lets one move through, however often it is asked about, and no other', async () => {
    const guardian = await start();
    const statuses = await statusesOf(guardian, override, move, move, released, moved, move, released);
    expect(statuses).toEqual(['success', 'allow', 'allow', 'pending', 'success', 'pending', 'pending']);
  });

  test.each(['override_transition', 'approve_transition'])(
    'does not count from someone with the address of a listed person, but another id: %s',
    async (action) => {
      const guardian = await start({ OVERRIDE_USERS: '37', APPROVERS: '37' });
      const press = (user: object, key = action) => ({
        ...override,
        action_key: key,
        context: { ...override.context, user },
      });
      const other = { ...kim, id: 99 };
      const statuses = await statusesOf(
        guardian,
        press(kim, 'explain_transition'),
        press(other),
        move,
        press(kim),
        move,
      );
      expect(statuses).toEqual(['success', 'error', 'pending', 'success', 'allow']);
    },
  );

  test('does not count once the question says that the address is of somebody else', async () => {
    const { requireFields } = extension.guards;
    const other = { overridable: ['requireFields'], guards: { requireFields } };
    const guardian = await createGuardian({
      overrides: { OVERRIDE_USERS: 'kim@example.com' },
      extension: Object.assign({ ...extension }, other),
    });
    const ask = (by: object) => ({
      ...move,
      issue: { ...issue, assignee_id: null },
      transition: { ...transition, performed_by: by },
    });
    const former = { ...override, context: { ...override.context, user: { ...kim, id: 99 } } };
    expect(await statusesOf(guardian, former, ask(mira), ask(kim))).toEqual(['success', 'allow', 'deny']);
  });

  test('counts while the person who gave it may override', async () => {
    const guardian = await start();
    const statuses = await statusesOf(
      guardian,
      override,
      { ...move, settings: { override_users: 'noor@example.com' } },
      move,
    );
    expect(statuses).toEqual(['success', 'pending', 'allow']);
  });

  test.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['a rejection', async () => Promise.reject(new Error('broken'))],
  ])('does not count if %s says who may override', async (_what, who) => {
    const overrides = { PROTECTED_STATUSES: 'done', OVERRIDE_USERS: 'kim@example.com' };
    const { overriddenBy = () => [] } = begin({ settings: extension.settingsSchema }).define({
      overriddenBy: who as () => never,
    });
    const guardian = await createGuardian({ overrides, extension: Object.assign({ ...extension }, { overriddenBy }) });
    expect(await statusesOf(guardian, override, move)).toEqual(['success', 'pending']);
  });

  test('is in the decision, with what it passed', async () => {
    const guardian = await start();
    await statusesOf(guardian, override);
    const { body } = await guardian.deliver(move);
    const passed = [{ guard: 'requireApprovals', status: 'pending', message: '0 of 1 approvals given.' }];
    expect(body).toMatchObject({
      status: 'allow',
      metadata: { override: { by: kim.email, reason: 'The shop is down.', passed } },
    });
    expect(body).not.toHaveProperty('metadata.reasons');
  });

  test('is counted when it lets a move through, and not before', async () => {
    const guardian = await start();
    const metric = async () =>
      /^kiket_overrides_total (\d+)$/m.exec(await guardian.dependencies.metrics.registry.metrics())?.[1];
    await statusesOf(guardian, override, { ...move, issue: { ...issue, assignee_id: null } });
    expect(await metric()).toBe('0');
    await statusesOf(guardian, move);
    expect(await metric()).toBe('1');
  });

  test('passes no guard that cannot be overridden, and is not used by trying', async () => {
    const guardian = await start();
    const unassigned = { ...move, issue: { ...issue, assignee_id: null } };
    await statusesOf(guardian, override);
    const { body } = await guardian.deliver(unassigned);
    expect(body).toMatchObject({ status: 'deny', message: 'Fill in assignee_id.' });
    expect(await statusesOf(guardian, released)).toEqual(['allow']);
  });

  test('is spent by the next move, also by one that did not need it', async () => {
    const guardian = await start();
    const approve = { ...override, action_key: 'approve_transition', inputs: {} };
    const statuses = await statusesOf(guardian, override, approve, move, moved, move);
    expect(statuses).toEqual(['success', 'success', 'allow', 'success', 'pending']);
  });

  test('is not used by a dry run', async () => {
    const guardian = await start();
    const explain = { ...override, action_key: 'explain_transition' };
    expect(await statusesOf(guardian, override, explain, released)).toEqual(['success', 'success', 'allow']);
  });

  test('is over after an hour, even by a clock that was set back in between', async () => {
    const guardian = await start();
    await statusesOf(guardian, override);
    guardian.setNow(new Date(noon.getTime() + 3_600_000));
    await statusesOf(guardian, { ...move, issue: { ...issue, id: 43, key: 'ORD-43' } });
    guardian.setNow(noon);
    expect(await statusesOf(guardian, move)).toEqual(['pending']);
  });

  test.each([
    ['deny', 'findOverride', 'pending'],
    ['allow', 'findOverride', 'pending'],
    ['allow', 'bind', 'deny'],
  ] as const)(
    'that cannot be looked up is none, with the failure policy %s and no %s',
    async (policy, call, status) => {
      const guardian = await start({ FAILURE_POLICY: policy });
      await statusesOf(guardian, override);
      const { approvals } = guardian.dependencies.store;
      Object.assign(approvals, { [call]: () => Promise.reject(new DeliveryError('store_unavailable')) });
      expect(await statusesOf(guardian, move)).toEqual([status]);
    },
  );

  const approve = { ...override, action_key: 'approve_transition' };
  const late = async () => new Promise<never>(() => {});
  test.each([
    ['an override, past a guard that never answers', 'deny', override, { late }, 0, [move], ['allow']],
    [
      'an approval, beside a guard that never answers',
      'allow',
      approve,
      { late },
      0,
      [move, released],
      ['allow', 'deny'],
    ],
    ['an approval, in a store that is slow', 'allow', approve, {}, 600, [move, released], ['allow', 'deny']],
    ['an override that needs two moments', 'deny', override, { late }, 300, [move], ['deny']],
  ])('%s, lets no more than one move through', async (_what, policy, given, guards, slowMs, moves, expected) => {
    const { manifest } = loadTestSetup(project);
    const guardian = await createGuardian({
      overrides: { PROTECTED_STATUSES: 'done, released', OVERRIDE_USERS: '37', FAILURE_POLICY: policy },
      manifest: { ...manifest, hooks: manifest.hooks.map((hook) => ({ ...hook, timeoutMs: marginMs + 500 })) },
      extension: {
        ...extension,
        guards: { ...extension.guards, ...guards },
        overridable: ['requireApprovals', 'late'],
      },
    });
    const { approvals } = guardian.dependencies.store;
    const { bind, findOverride } = approvals;
    approvals.bind = async (...bound) => wait(slowMs).then(() => bind(...bound));
    approvals.findOverride = async (...found) => wait(slowMs).then(() => findOverride(...found));
    await statusesOf(guardian, given);
    const statuses = await Promise.all(moves.map(async (each) => statusesOf(guardian, each)));
    expect(new Set(statuses.flat())).toEqual(new Set(expected));
  });

  test.each([
    ['under the name of a command', { event: 'guardian.override_transition', reason: 'Down.', action_key: undefined }],
    ['with parameters', { inputs: undefined, parameters: { reason: 'Down.' } }],
  ])('may be given %s', async (_how, differences) => {
    const guardian = await start();
    const organization = { context: { ...override.context, issue: { ...issue, organization_id: 3 } } };
    expect(await statusesOf(guardian, { ...override, ...organization, ...differences }, move)).toEqual([
      'success',
      'allow',
    ]);
  });
});
