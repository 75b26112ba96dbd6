import { allow, deny, pending, type Transition } from 'kiket-express';
import { runAction, testIssue } from 'kiket-express/testing';
import { expect, test } from 'vitest';
import { explainTransition } from '../src/actions/explainTransition.ts';
import extension from '../src/extension.ts';
import { guard } from '../src/settings.ts';
import { openApp, settingsWith } from './support.ts';

const settings = settingsWith({ protected_statuses: 'done, released, In Review' });

test('it says for each protected status what a move by the one who asks would meet', async () => {
  const asked: Transition[] = [];
  const guards = [{ guard: 'x', status: 'allow' as const }];
  const answers = [
    { ...deny('No.', { data: { missing_fields: ['x'] } }), guards },
    { ...pending('Wait.'), guards },
    { ...allow({ message: 'Fine.' }), guards },
  ];
  const review = async (transition: Transition) => answers[asked.push(transition) - 1] ?? { ...allow(), guards };
  expect(await runAction(explainTransition, { settings, review })).toStrictEqual({
    status: 'success',
    message:
      'ORD-42: Moving to "done" now would be denied. No. Moving to "released" now would have to wait. Wait. Moving to "In Review" now would be allowed. Fine.',
    data: {
      transitions: [
        { to: 'done', status: 'deny', message: 'No.', metadata: { missing_fields: ['x'] }, guards },
        { to: 'released', status: 'pending', message: 'Wait.', metadata: {}, guards },
        { to: 'In Review', status: 'allow', message: 'Fine.', metadata: {}, guards },
      ],
    },
  });
  const statuses = ['done', 'released', 'In Review'];
  expect(asked).toMatchObject(statuses.map((to) => ({ issue: { id: '42' }, from: 'review', to, mover: ['id:23'] })));
});

test.each([
  [
    'all that must happen first',
    [
      { guard: 'x', status: 'deny' as const, passes: 'after the freeze ends on Mon 8 Jun 2026, 08:00 UTC' },
      { guard: 'y', status: 'pending' as const, passes: 'with green checks' },
    ],
    'ORD-42: Moving to "done" now would be denied. No. It would pass after the freeze ends on Mon 8 Jun 2026, 08:00 UTC, with green checks.',
  ],
  [
    'nothing if one of the guards does not know',
    [
      { guard: 'x', status: 'deny' as const },
      { guard: 'y', status: 'pending' as const, passes: 'with green checks' },
    ],
    'ORD-42: Moving to "done" now would be denied. No.',
  ],
])('it says when the move would pass: %s', async (_what, guards, message) => {
  const review = async () => ({ ...deny('No.'), guards });
  const answer = await runAction(explainTransition, { settings: settingsWith({ protected_statuses: 'done' }), review });
  expect(answer.message).toBe(message);
});

test('it says it of only one move if the delivery names one', async () => {
  const review = async () => ({ ...allow(), guards: [] });
  const { data } = await runAction(explainTransition, { settings, review, transition: { to: 'backlog' } });
  expect(data['transitions']).toMatchObject([{ to: 'backlog', status: 'allow', message: 'Nothing blocks it.' }]);
});

test('it needs an issue', async () => {
  const answer = await runAction(explainTransition, { settings, delivery: { issue: undefined } });
  expect(answer).toMatchObject({
    status: 'error',
    message: expect.stringContaining("didn't say which issue") as string,
  });
});

test('it asks the guards of the app, whose decision is not kept', async () => {
  const { deliver, dependencies } = await openApp({
    extension: { ...extension, guards: { no: guard(() => deny('No.')), yes: guard(() => allow()) } },
  });
  const { body } = await deliver({
    action_key: 'explain_transition',
    organization_id: 3,
    context: { project: { id: 7 }, issue: { id: 42, key: 'ORD-42', status: 'review' }, user: { id: 23 } },
  });
  const guards = [
    { guard: 'no', status: 'deny', message: 'No.' },
    { guard: 'yes', status: 'allow' },
  ];
  expect(body).toMatchObject({ status: 'success', data: { transitions: [{ to: 'done', status: 'deny', guards }] } });
  const counts = await dependencies.store.decisions.count(testIssue(), new Date(0));
  expect(counts).toEqual({ allow: 0, pending: 0, deny: 0 });
});
