import { describe, expect, test } from 'vitest';
import { createGuardian } from '../support/guardian.ts';

type Body = Record<string, unknown>;

const place = { organization_id: 3, project: { id: 7, key: 'ORD' }, issue: { id: 42, key: 'ORD-42' } };
const ask: Body = {
  event: 'workflow.before_transition',
  ...place,
  issue: { ...place.issue, assignee_id: 19 },
  transition: { from: 'review', to: 'done', performed_by: { id: 19, email: 'mira@example.com' } },
};
const approve: Body = {
  action_key: 'approve_transition',
  organization_id: 3,
  authentication: { runtime_token: 'rt_1' },
  context: { project: place.project, issue: place.issue, user: { id: 23, email: 'noor@example.com' } },
};
const move: Body = { ...ask, id: 'evt_1', event: 'workflow.after_transition' };
const byKey = (key: string): Body => ({ issue: { key } });

/** What the guard says before and after Kiket reports a move like this. */
async function askAround(notice: Body): Promise<unknown[]> {
  const { deliver } = await createGuardian({ overrides: { PROTECTED_STATUSES: 'done', REQUIRED_FIELDS: '' } });
  await deliver(approve).expect(200);
  const before = (await deliver(ask)).body as { status: string };
  await deliver({ ...move, ...notice }).expect(200);
  const after = (await deliver(ask)).body as { status: string };
  return [before.status, after.status];
}

describe('an approval that has let a move through', () => {
  test.each<[string, Body]>([
    ['an organization of the other scheme', { organization_id: 'org_01TEST' }],
    ['a project of the other scheme', { project: { id: 'prj_01TEST', key: 'ORD' } }],
    ['an issue of the other scheme', { issue: { id: 'iss_01TEST' } }],
    ['an issue of the other scheme with its key', { issue: { id: 'iss_01TEST', key: 'ORD-42' } }],
    [
      'the names of the 2026 webhooks',
      {
        event: undefined,
        organization_id: undefined,
        project: undefined,
        issue: undefined,
        transition: undefined,
        type: 'issue.transitioned',
        organizationId: 'org_01TEST',
        projectKey: 'ORD',
        data: { issue: { id: 'ORD-42' }, from: 'review', to: 'done' },
      },
    ],
    ['a number in other digits', { issue: { id: '４２' } }],
    ['a number and what cannot be seen', { issue: { id: '42\u200b' } }],
    ['a key and what cannot be seen', byKey('ORD-42\u200b')],
    ['a key in small letters', byKey('ord-42')],
    ['a key in wide letters', byKey('ＯＲＤ-42')],
    ['a key with another dash', byKey('ORD\u201142')],
  ])('is used up by a notice with %s', async (_name, notice) => {
    expect(await askAround(notice)).toEqual(['allow', 'pending']);
  });

  test.each([
    'workflow.after-transition',
    'workflow_after_transition',
    'WORKFLOW.AFTER_TRANSITION',
    'workflow.afterTransition',
    'issue.after_transition',
    'case.after_transition',
    'after_issue_transition',
    'extension.workflow.after_transition',
    'ｗｏｒｋｆｌｏｗ.after\u200b_transition',
    'issue_transitioned',
    'IssueTransitioned',
    'case-transitioned',
    'workflow.transitioned',
    'workflow.case.transitioned',
    'issue.statusChanged',
    'case_status_changed',
    'transitioned',
    'issue.moved',
  ])('is used up by a notice that is called %s', async (event) => {
    expect(await askAround({ event })).toEqual(['allow', 'pending']);
  });

  test.each(['issue.edited', 'issue.after_transition_report', 'crm.transitioned', 'crm.moved'])(
    'is kept when there is news called %s',
    async (event) => {
      expect(await askAround({ event })).toEqual(['allow', 'allow']);
    },
  );

  test.each<[string, Body]>([
    ['organization', { organization_id: 4 }],
    ['project', { project: { id: 8, key: 'ORD' } }],
    ['issue', { issue: { id: 43, key: 'ORD-43' } }],
    ['key', byKey('ORD-43')],
  ])('is kept when another %s has moved', async (_name, notice) => {
    expect(await askAround(notice)).toEqual(['allow', 'allow']);
  });

  test('of an organization with a textual id is kept when another one of its scheme has moved', async () => {
    const { deliver } = await createGuardian({ overrides: { PROTECTED_STATUSES: 'done', REQUIRED_FIELDS: '' } });
    const organization_id = 'org_01TEST';
    await deliver({ ...approve, organization_id }).expect(200);
    await deliver({ ...ask, organization_id }).expect(200);
    await deliver({ ...move, organization_id: 'org_02TEST' }).expect(200);
    expect((await deliver({ ...ask, organization_id })).body).toMatchObject({ status: 'allow' });
  });
});

test('an approval counts for a move that names its organization by id and subdomain', async () => {
  const { deliver } = await createGuardian({ overrides: { PROTECTED_STATUSES: 'done', REQUIRED_FIELDS: '' } });
  await deliver({ ...approve, organization_id: undefined, organization: { subdomain: 'acme' } }).expect(200);
  const named = { ...ask, organization_id: undefined, organization: { id: 3, subdomain: 'acme' } };
  expect((await deliver(named)).body).toMatchObject({ status: 'allow' });
});
