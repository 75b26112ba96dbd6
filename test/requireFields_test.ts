import { askGuard } from 'kiket-express/testing';
import { describe, expect, test } from 'vitest';
import { requireFields } from '../src/guards/requireFields.ts';
import { openApp, settingsWith, startApi } from './support.ts';

const settings = settingsWith({ required_fields: 'assignee_id, due_date' });

describe('requireFields', () => {
  test.each<[string, Record<string, unknown>, string[], string?]>([
    ['has each of them', { assignee_id: 19, due_date: '2026-03-31' }, []],
    ['has one among its custom fields', { assignee_id: 19, custom_fields: { due_date: '2026-03-31' } }, []],
    ['lacks one', { assignee_id: 19, due_date: null }, ['due_date'], 'Due date'],
    ['lacks both', { assignee_id: 0, due_date: ' ' }, ['assignee_id', 'due_date'], 'Assignee and Due date'],
  ])('of an issue that %s', async (_what, fields, missing, labels) => {
    const decision = await askGuard(requireFields, { settings, issue: { fields } });
    const denied = {
      status: 'deny',
      message: `Fill in ${labels} before moving this issue to "done".`,
      metadata: { missing_fields: missing, passes: `with ${labels} filled in` },
    };
    expect(decision).toStrictEqual(missing.length === 0 ? { status: 'allow', metadata: {} } : denied);
  });

  test('asks for nothing if no field is required', async () => {
    const decision = await askGuard(requireFields, { settings: settingsWith({ required_fields: '' }) });
    expect(decision).toStrictEqual({ status: 'allow', metadata: {} });
  });

  test.each([
    ['allows if it is filled in', { key: 'ORD-42', assignee: { id: 19 }, due_date: '2026-03-31' }, 'allow'],
    ['denies if it is blank', { key: 'ORD-42', assignee: null, due_date: '2026-03-31' }, 'deny'],
  ])('asks Kiket for a field that was not sent, and %s', async (_what, issue, status) => {
    const { url, calls } = await startApi([{ body: issue }]);
    expect(await askGuard(requireFields, { settings, baseUrl: url })).toMatchObject({ status });
    expect(calls.map(({ path }) => path)).toEqual(['/api/v1/ext/issues/ORD-42']);
  });

  test.each(['deny', 'allow'])('leaves an unknown field to the failure policy: %s', async (policy) => {
    const { deliver } = await openApp({ settings: { required_fields: 'due_date', failure_policy: policy } });
    const { body } = await deliver({
      event: 'workflow.before_transition',
      issue: { id: 42, key: 'ORD-42', project_id: 7, organization_id: 3 },
      transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
    });
    const reason = {
      guard: 'requireFields',
      status: policy,
      message: expect.stringContaining('field_unknown') as string,
    };
    expect(body).toMatchObject({ metadata: { reasons: expect.arrayContaining([reason]) as unknown[] } });
  });
});
