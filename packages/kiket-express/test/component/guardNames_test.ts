import { describe, expect, test } from 'vitest';
import { createGuardian } from '../support/guardian.ts';

const issue = { id: 42, key: 'ORD-42' };
const asked = { issue, transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' } };
const approve = { ...asked, action_key: 'approve_transition', context: { issue, user: { id: 23 } } };

describe('a question before a transition', () => {
  test.each([
    'action.before_transition',
    'action.workflow.before-transition',
    'extension.action.beforeTransition',
    'extension.action.issue_before_transition',
  ])('whose event is %s is denied', async (event) => {
    const { deliver } = await createGuardian();
    expect((await deliver({ ...asked, event })).body).toMatchObject({ status: 'deny' });
    expect((await deliver(asked, '/webhook', { 'X-Kiket-Event': event })).body).toMatchObject({ status: 'deny' });
    expect((await deliver(asked, `/webhooks/${event}`)).body).toMatchObject({ status: 'deny' });
  });

  test.each(['action.before_transition', 'extension.action.beforeTransition'])(
    "whose event is %s isn't an action",
    async (event) => {
      const { deliver } = await createGuardian();
      expect((await deliver({ ...approve, event })).body).toMatchObject({ error: { code: 'event_mismatch' } });
    },
  );

  test.each([
    'extension.before_transition',
    'action:before_transition',
    'x.beforeTransition.v1',
    'no_before_transition',
  ])('whose action, which does not exist, is called %s is denied', async (key) => {
    const { deliver } = await createGuardian();
    expect((await deliver({ ...approve, action_key: key })).body).toMatchObject({ status: 'deny' });
  });
});
