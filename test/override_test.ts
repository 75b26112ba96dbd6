import { pending } from 'kiket-express';
import { noon } from 'kiket-express/testing';
import { describe, expect, test } from 'vitest';
import extension from '../src/extension.ts';
import { guard } from '../src/settings.ts';
import { openApp, startApi } from './support.ts';

const kim = { id: 37, email: 'kim@example.com' };
const issue = { id: 42, key: 'ORD-42', project_id: 7, organization_id: 3 };
const transition = { from: 'review', to: 'done', performed_by: 'mira@example.com' };
const move = { event: 'workflow.before_transition', issue, transition };
const authentication = { runtime_token: 'rt_test', scopes: ['comments:write'] };
const moved = { event: 'workflow.after_transition', id: 'evt_moved', issue, transition, authentication };
const override = {
  action_key: 'override_transition',
  organization_id: 3,
  inputs: { reason: 'The shop is down.' },
  context: { project: { id: 7 }, issue: { id: 42, key: 'ORD-42' }, user: kim },
};

/** The app with a guard that an override passes. */
const openGuarded = ({ users = 'kim@example.com', baseUrl = 'http://127.0.0.1:1' } = {}) =>
  openApp({
    settings: { override_users: users },
    baseUrl,
    extension: {
      ...extension,
      guards: { soft: guard(() => pending('Wait.', { data: { passes: 'later' } })) },
      overridable: ['soft'],
    },
  });

describe('an override', () => {
  test('lets the next move pass, says so everywhere, and is gone', async () => {
    const { url, calls } = await startApi([{ status: 201, body: { id: 1 } }]);
    const { answerTo } = await openGuarded({ baseUrl: url });
    expect(await answerTo(override)).toMatchObject({
      status: 'success',
      message: expect.stringContaining('ORD-42 can move once within the next hour.') as string,
    });
    expect(await answerTo(move)).toStrictEqual({
      status: 'allow',
      message: 'Overridden by kim@example.com: The shop is down.',
      metadata: {
        override: {
          by: 'kim@example.com',
          reason: 'The shop is down.',
          given_at: noon.toISOString(),
          passed: [{ guard: 'soft', status: 'pending', message: 'Wait.', passes: 'later' }],
        },
      },
    });
    await answerTo(moved);
    expect(calls).toMatchObject([
      { body: { comment: { body: 'Moved to "done". Overridden by kim@example.com: The shop is down.' } } },
    ]);
    expect(await answerTo(move)).toMatchObject({ status: 'pending' });
  });

  test('counts while the person who gave it may override', async () => {
    const { answerTo } = await openGuarded();
    await answerTo(override);
    expect(await answerTo({ ...move, settings: { override_users: 'noor@example.com' } })).toMatchObject({
      status: 'pending',
    });
    expect(await answerTo(move)).toMatchObject({ status: 'allow' });
  });

  test.each([
    ['by somebody else', { context: { ...override.context, user: { id: 23, email: 'noor@example.com' } } }, 'Only kim'],
    ['by an unknown person', { context: { ...override.context, user: undefined } }, "didn't say who you are"],
    ['without a reason', { inputs: {} }, 'reason'],
    ['with a blank reason', { inputs: { reason: ' \u200B' } }, 'reason'],
    ['of an unknown issue', { context: { ...override.context, issue: undefined } }, "didn't say which issue"],
  ])('%s is refused', async (_what, differences, message) => {
    const { answerTo } = await openGuarded();
    const explained = expect.stringContaining(message) as string;
    expect(await answerTo({ ...override, ...differences })).toMatchObject({ status: 'error', message: explained });
    expect(await answerTo(move)).toMatchObject({ status: 'pending' });
  });

  test('is off while nobody is named', async () => {
    const { answerTo } = await openGuarded({ users: '' });
    const explained = expect.stringContaining('Nobody can override here') as string;
    expect(await answerTo(override)).toMatchObject({ status: 'error', message: explained });
  });

  test('passes the guards of the app, except for required fields', () => {
    const examples = Object.keys(extension.guards).filter((name) =>
      /^(?:changeFreeze|checksPass|requireApprovals)$/.test(name),
    );
    expect(extension.overridable).toEqual(examples);
  });

  // example: decisions
  test('is counted in the report', async () => {
    const { answerTo } = await openGuarded();
    await answerTo(override);
    await answerTo(move);
    const report = { action_key: 'decision_report', organization_id: 3, context: { project: { id: 7 } } };
    expect(await answerTo(report)).toMatchObject({
      message: expect.stringContaining('Overrides used: 1.') as string,
      data: { overrides: 1 },
    });
  });
  // end
});
