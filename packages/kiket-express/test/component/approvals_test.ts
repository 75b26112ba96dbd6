import { describe, expect, test } from 'vitest';
import { createGuardian, noon, statusesOf, type GuardianOptions, type TestGuardian } from '../support/guardian.ts';

type Body = Record<string, unknown>;

const mira = { id: 19, email: 'mira@example.com' };
const noor = { id: 23, email: 'noor@example.com' };
const place = { organization: { id: 3, subdomain: 'acme' }, project: { id: 7, key: 'ORD' } };
const issue = { id: 42, key: 'ORD-42', assignee_id: 19 };

let presses = 0;
/** Somebody presses a button. What stands beside the context may say where. */
function press(action: string, { context = {}, ...rest }: { context?: Body } & Body = {}): Body {
  presses += 1;
  return {
    action_key: action,
    organization: place.organization,
    authentication: { runtime_token: `rt_${presses}` },
    context: { project: place.project, issue: { id: 42, key: 'ORD-42' }, user: noor, ...context },
    ...rest,
  };
}
const approve = (body: { context?: Body } & Body = {}) => press('approve_transition', body);
const revoke = (body: { context?: Body } & Body = {}) => press('revoke_approval', body);

function move(differences: Body = {}, event = 'workflow.before_transition'): Body {
  return { event, ...place, issue, transition: { from: 'review', to: 'done', performed_by: mira }, ...differences };
}
const moved = (differences: Body = {}) => {
  presses += 1;
  return { ...move(differences, 'workflow.after_transition'), id: `evt_${presses}`, ...differences };
};

async function start(...bodies: Body[]): Promise<(string | undefined)[]> {
  return statusesOf(await createGuardian(), ...bodies);
}

async function messageOf(guardian: TestGuardian, body: Body): Promise<string> {
  const { message } = (await guardian.deliver(body)).body as { message: string };
  return message;
}

const released = { transition: { from: 'review', to: 'released', performed_by: mira } };
const byKey = { issue: { key: 'ORD-42', assignee_id: 19 } };
const byId = { issue: { id: 42, assignee_id: 19 } };
const hour = 3_600_000;
const bothProtected = { overrides: { PROTECTED_STATUSES: 'done, released' } };

describe('an approval lets one move through', () => {
  test.each<[string, Body, Body, Body]>([
    ['by all names', {}, {}, {}],
    ['approved by key, moved by id', { context: { issue: { key: 'ORD-42' } } }, {}, byId],
    ['approved by id, moved by key', { context: { issue: { id: 42 } } }, {}, byKey],
    ['the project by id, then by key', {}, { project: { id: 7 } }, { project: { key: 'ORD' } }],
    ['the project by key, then by id', {}, { project: { key: 'ORD' } }, { project: undefined, project_id: 7 }],
    ['the project by a slug that nobody has seen', {}, {}, { project: { slug: 'orders' } }],
    ['without a project', {}, {}, { project: undefined }],
    ['the organization by id, then by subdomain', {}, {}, { organization: { subdomain: 'acme' } }],
    ['without an organization', {}, {}, { organization: undefined }],
    ['by a workspace', {}, {}, { organization: undefined, workspaceId: 'wsp_1' }],
    ['the organization by subdomain, then by both', { organization: { subdomain: 'acme' } }, {}, {}],
    ['long ago', {}, {}, { occurred_at: '2020-01-01T00:00:00Z' }],
    ['to a status that is not said', {}, {}, { transition: { from: 'review' } }],
    ['without a word about the move', {}, {}, { transition: undefined }],
    ['as issue.transitioned', {}, {}, { event: 'issue.transitioned' }],
    ['as case.transitioned', {}, {}, { event: 'case.transitioned' }],
    ['as issue.status_changed', {}, {}, { event: 'issue.status_changed' }],
    [
      'as a flat webhook',
      {},
      {},
      { event: 'issue.status_changed', issue: undefined, issue_id: 42, previous_status: 'review', status: 'done' },
    ],
    [
      'as a webhook of 2026',
      {},
      {},
      {
        event: undefined,
        issue: undefined,
        transition: undefined,
        organization: undefined,
        project: undefined,
        type: 'case.transitioned',
        organizationId: 'org_01TEST',
        projectKey: 'ORD',
        data: { case: { id: 'ORD-42' }, from: 'review', to: 'done' },
      },
    ],
  ])('%s', async (_how, approval, asked, notice) => {
    const bodies = [approve(approval), move(asked), moved(notice), move(asked), move()];
    expect(await start(...bodies)).toEqual(['success', 'allow', 'success', 'pending', 'pending']);
  });

  test.each<[string, Body]>([
    ['an organization of the other scheme', { organization: { id: 'org_01TEST' } }],
    ['a project of the other scheme', { project: { id: 'prj_01TEST', key: 'ORD' } }],
    ['an issue of the other scheme', { issue: { id: 'iss_01TEST' } }],
    ['an issue of the other scheme with its key', { issue: { id: 'iss_01TEST', key: 'ORD-42' } }],
    ['a number in other digits', { issue: { id: '４２' } }],
    ['a number and what cannot be seen', { issue: { id: '42\u200b' } }],
    ['a key and what cannot be seen', { issue: { key: 'ORD-42\u200b' } }],
    ['a key in small letters', { issue: { key: 'ord-42' } }],
    ['a key in wide letters', { issue: { key: 'ＯＲＤ-42' } }],
    ['a key with another dash', { issue: { key: 'ORD\u201142' } }],
    ['the bare id of the issue', { issue: 42 }],
    ['the bare key of the issue', { issue: undefined, data: { issue: 'ORD-42' } }],
    ['no name of the issue', { issue: { title: 'Ship the order page' } }],
    ['no names at all', { issue: undefined, organization: undefined, project: undefined }],
  ])('and is used up by a notice with %s', async (_name, notice) => {
    expect(await start(approve(), move(), moved(notice), move())).toEqual(['success', 'allow', 'success', 'pending']);
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
  ])('and is used up by a notice that is called %s', async (event) => {
    expect(await start(approve(), move(), moved({ event }), move())).toEqual([
      'success',
      'allow',
      'success',
      'pending',
    ]);
  });

  test.each(['issue.edited', 'extension.updated', 'issue.after_transition_report', 'crm.transitioned', 'crm.moved'])(
    'and is kept when there is news called %s',
    async (event) => {
      expect(await start(approve(), move(), moved({ event }), move())).toEqual([
        'success',
        'allow',
        'ignored',
        'allow',
      ]);
    },
  );

  test.each<[string, Body, Body]>([
    ['organization by id, then by subdomain', { organization: { id: 3 } }, { organization: { subdomain: 'acme' } }],
    ['project by id, then by key', { project: { id: 7 } }, { project: { key: 'ORD' } }],
    ['issue by id, then by key', byId, byKey],
    ['issue by key, then by id', byKey, byId],
  ])('even if nothing links its names: %s', async (_how, asked, notice) => {
    const { project = place.project, issue: named = issue, ...organization } = asked;
    const given = approve({ ...organization, context: { project, issue: named } });
    expect(await start(given, move(asked), moved(notice), move(asked))).toEqual([
      'success',
      'allow',
      'success',
      'pending',
    ]);
  });

  test('and with two moves at once, it stays with the first, however often it is asked about', async () => {
    const guardian = await createGuardian(bothProtected);
    const asked = [move(), move(released), move(), moved(), move(), move(released)];
    expect(await statusesOf(guardian, approve(), ...asked)).toEqual([
      'success',
      'allow',
      'pending',
      'allow',
      'success',
      'pending',
      'pending',
    ]);
  });

  test('and is spent by a notice without a time, also if it was given where the clock is ahead', async () => {
    const guardian = await createGuardian();
    guardian.setNow(new Date(noon.getTime() + 299_000));
    await statusesOf(guardian, approve(), approve({ context: { user: { id: 29 } } }));
    guardian.setNow(new Date(noon.getTime() - 297_000));
    expect(await statusesOf(guardian, move(), moved(), move())).toEqual(['allow', 'success', 'pending']);
  });

  test('and can be given again for a move to another status, if the first move did not happen', async () => {
    const guardian = await createGuardian(bothProtected);
    const statuses = await statusesOf(guardian, approve(), move(), move(released), approve(), move(released));
    expect(statuses).toEqual(['success', 'allow', 'pending', 'success', 'allow']);
  });

  test('that others take again and again is denied, whatever the failure policy', async () => {
    const guardian = await createGuardian({ overrides: { FAILURE_POLICY: 'allow' } });
    await guardian.deliver(approve());
    guardian.store.approvals.bind = () => Promise.resolve(false);
    expect(await statusesOf(guardian, move())).toEqual(['deny']);
  });

  test('is not let through by a dry run', async () => {
    const guardian = await createGuardian(bothProtected);
    const explain = press('explain_transition', { context: { user: mira } });
    expect(await statusesOf(guardian, approve(), explain, move(released))).toEqual(['success', 'success', 'allow']);
  });

  test('is named with the move, also if another notice of it came first', async () => {
    const guardian = await createGuardian();
    await statusesOf(guardian, approve(), move(), moved({ event: 'issue.transitioned' }));
    await statusesOf(guardian, moved());
    expect(guardian.logged()).toContainEqual(expect.objectContaining({ msg: 'approvals used', used: 1 }));
    const used = guardian.logged().filter(({ msg }) => msg === 'approvals used');
    expect(used.map((line) => line['used'])).toEqual([1, 1]);
  });

  test('under what a report without an issue names together', async () => {
    const report = press('guardian_report', { context: { issue: undefined } });
    const given = approve({ organization: { subdomain: 'acme' }, context: { project: { key: 'ORD' } } });
    const asked = move({ organization: { id: 3 }, project: { id: 7 } });
    expect(await start(report, given, asked)).toEqual(['success', 'success', 'allow']);
  });
});

describe('an approval is of one issue', () => {
  const other = { issue: { id: 99, key: 'ORD-42', assignee_id: 19 } };

  test.each<[string, Body]>([
    ['the same key', other],
    ['the same id in another project', { project: { id: 8, key: 'WEB' } }],
    ['the same id in another organization', { organization: { id: 4, subdomain: 'umbrella' } }],
    ['a key beside it', { issue: { key: 'ORD-43', assignee_id: 19 } }],
    ['the same id in an organization whose subdomain is that id', { organization: { subdomain: '3' } }],
    ['the same id in a workspace that is called so', { organization: undefined, workspaceId: 3 }],
  ])('another one with %s is not let through, and takes nothing away', async (_what, elsewhere) => {
    const { project = place.project, issue: named = issue, ...organization } = elsewhere;
    const away = revoke({ ...organization, context: { project, issue: named } });
    const guardian = await createGuardian();
    expect(await statusesOf(guardian, approve(), move(elsewhere), away)).toEqual(['success', 'pending', 'error']);
    expect(await statusesOf(guardian, moved(elsewhere), move())).toEqual(['success', 'allow']);
  });

  test('another one with the same id is not let through in an organization of another textual id', async () => {
    const [ours, theirs] = ['org_01TEST', 'org_02TEST'].map((id) => ({ organization: { id } }));
    const bodies = [approve(ours), move(ours), moved(theirs), move(ours), move(theirs)];
    expect(await start(...bodies)).toEqual(['success', 'allow', 'success', 'allow', 'pending']);
  });

  test('a key that was seen with two ids could be either: nobody approves it, and nothing is let through by it', async () => {
    const guardian = await createGuardian();
    await statusesOf(guardian, approve({ context: { issue: { key: 'ORD-42' } } }), move(other), move());
    const refused = await guardian.deliver(approve({ context: { issue: { key: 'ORD-42' } } }));
    expect(refused.body).toMatchObject({
      status: 'error',
      message: expect.stringContaining('matches two') as string,
    });
    expect(await messageOf(guardian, move(byKey))).toContain('matches two issues');
    expect(await statusesOf(guardian, move(other), move(), move(byKey))).toEqual(['pending', 'pending', 'pending']);
  });
});

describe('who approves is named', () => {
  const hint = 'names the issue differently';

  test.each<[string, Body, Body]>([
    ['the issue', byKey, { context: { issue: { id: 42 } } }],
    ['the project', { project: { key: 'ORD' } }, { context: { project: { id: 7 } } }],
    ['the organization', { organization: { id: 3 } }, { organization: { subdomain: 'acme' } }],
  ])('that nothing links what Kiket calls %s with the move that waits', async (_what, asked, given) => {
    const guardian = await createGuardian();
    await statusesOf(guardian, move(asked));
    expect(await messageOf(guardian, approve(given))).toContain(hint);
    expect(await statusesOf(guardian, move(asked))).toEqual(['pending']);
  });

  test('nothing of the kind about moves of other issues', async () => {
    const guardian = await createGuardian();
    await statusesOf(guardian, move({ issue: { id: 43, key: 'ORD-43', assignee_id: 19 } }));
    expect(await messageOf(guardian, approve())).toBe('You approved ORD-42: 1 of 1 approvals given.');
  });

  test.each([mira, { id: '019' }, 'MIRA@example.com.'])('that your own move needs somebody else: %j', async (user) => {
    const guardian = await createGuardian();
    await statusesOf(guardian, move());
    expect(await messageOf(guardian, approve({ context: { user } }))).toContain(
      'it comes from the person moving the issue',
    );
  });

  test('how many are left for the move that waits, when others have let another move through', async () => {
    const guardian = await createGuardian(bothProtected);
    await statusesOf(guardian, approve(), move());
    expect(await messageOf(guardian, approve())).toContain('1 of 1');
    await statusesOf(guardian, move(), revoke(), approve(), move(), move(released));
    expect(await messageOf(guardian, approve({ context: { user: { id: 29 } } }))).toContain(': 1 of 1');
  });

  test('nothing about a move that somebody asked for a day ago', async () => {
    const guardian = await createGuardian();
    await statusesOf(guardian, move());
    guardian.setNow(new Date(noon.getTime() + 25 * hour));
    expect(await messageOf(guardian, approve({ context: { user: mira } }))).toContain('1 of 1');
  });
});

describe('a person', () => {
  const by = (performedBy: unknown): Body => ({
    transition: { from: 'review', to: 'done', performed_by: performedBy },
  });

  test.each<[string, unknown, unknown]>([
    ['an id of another scheme, and a display name', { id: 'usr_01MIRA' }, 'Mira Meyer'],
    ['two display names', 'Mira Meyer', 'M. Meyer'],
    ['an id with zeros in front', { id: '019' }, { id: 19 }],
    ['a domain in two spellings', 'mira@bücher.example', 'mira@xn--bcher-kva.example.'],
    ['what cannot be seen', 'mira\u200B@example.com', 'Mira@Example.com'],
    ['an id, and an address', { id: 23 }, 'mira@example.com'],
  ])('does not let your own move through: %s', async (_what, approver, mover) => {
    expect(await start(approve({ context: { user: approver } }), move(by(mover)))).toEqual(['success', 'pending']);
  });

  test('with a new address is the same as with the old one, once bodies have named both with one id', async () => {
    const guardian = await createGuardian();
    await statusesOf(guardian, move(by(noor)), move(by(renamed)));
    const statuses = await statusesOf(guardian, approve({ context: { user: noor.email } }), move(by(renamed.email)));
    expect(statuses).toEqual(['success', 'pending']);
    expect(await statusesOf(guardian, move(by(mira)))).toEqual(['allow']);
  });

  const renamed = { id: 23, email: 'noor.ali@example.com' };
  test.each<[string, Body]>([
    ['an action on two issues', approve({ context: { issue: { key: 'ORD-1' }, user: renamed } })],
    ['a question that needs no approvals', move({ ...by(renamed), settings: { required_approvals: 0 } })],
  ])('is known by what a body names together, also if the body comes to nothing: %s', async (_what, body) => {
    const guardian = await createGuardian();
    await statusesOf(guardian, move({ issue: { id: 1, key: 'ORD-1' } }), move({ issue: { id: 2, key: 'ORD-1' } }));
    await statusesOf(guardian, approve(), body);
    await guardian.store.settle();
    expect(await statusesOf(guardian, move(by(renamed.email)))).toEqual(['pending']);
  });

  test('is not known by a question that may be old, because its token could not be verified', async () => {
    const guardian = await createGuardian();
    const question = { ...by(renamed), settings: { required_approvals: 0 } };
    const unverified = move({
      ...question,
      authentication: { runtime_token: 'eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.e30.AA' },
    });
    expect(await statusesOf(guardian, approve(), unverified)).toEqual(['success', 'deny']);
    await guardian.store.settle();
    expect(await statusesOf(guardian, move(by(renamed.email)))).toEqual(['allow']);
  });

  test('counts once under two addresses', async () => {
    const guardian = await createGuardian({ overrides: { REQUIRED_APPROVALS: '2' } });
    await statusesOf(
      guardian,
      approve({ context: { user: noor.email } }),
      approve({ context: { user: renamed.email } }),
    );
    await statusesOf(guardian, revoke({ context: { user: noor, issue: { id: 1 } } }));
    await statusesOf(guardian, revoke({ context: { user: renamed, issue: { id: 1 } } }));
    expect(await statusesOf(guardian, move())).toEqual(['pending']);
  });
});

describe('the parameters of a command', () => {
  const command = (parameters: Body, options: GuardianOptions = {}) => {
    const context = { project: place.project, issue: { id: 42, key: 'ORD-42' }, user: noor };
    const body = { event: 'guardian.approve_transition', authentication: { runtime_token: 'rt_1' }, context };
    return createGuardian(options).then((guardian) => statusesOf(guardian, { ...body, ...parameters }, move()));
  };

  test.each<Body>([
    { organization_id: 3 },
    { organizationId: 3 },
    { organization: { id: 3 } },
    { organization: { subdomain: 'acme' } },
    { organization_id: 3, action_key: 'approve_transition' },
    { organization_id: 3, event: 'action.approve_transition' },
  ])('do not say whose issue it is: %j', async (parameters) => {
    expect(await command(parameters)).toEqual(['success', 'pending']);
  });

  test('do not hide whose issue it is where Kiket says so', async () => {
    const context = { project: place.project, issue: { id: 42, organization_id: 3 }, user: noor };
    expect(await command({ context, organization_id: 4 })).toEqual(['success', 'allow']);
    expect(await command({ organization_id: 4 }, { organizationId: '3' })).toEqual(['success', 'allow']);
  });

  test.each<Body>([{ issue: { id: 42 } }, { issue_id: 42 }, { data: { issue: { id: 42 } } }])(
    'do not say which issue it is: %j',
    async (parameters) => {
      expect(await command({ context: { user: noor }, ...parameters })).toEqual(['error', 'pending']);
    },
  );
});
