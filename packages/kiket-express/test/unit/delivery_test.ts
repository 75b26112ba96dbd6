import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { unknownOrganization, type Delivery, type Issue } from '../../src/delivery.ts';
import { parseDelivery, type DeliveryDefaults } from '../../src/receive/parse.ts';
import type { DeliveryHints } from '../../src/envelope/hints.ts';
import { check, eventSchemas } from '../../src/envelope/schema.ts';
import { DeliveryError, type ProblemCode } from '../../src/errors.ts';
import { isGuardEvent } from '../../src/envelope/events.ts';

const defaults: DeliveryDefaults = {
  apiVersion: 'v1',
  commandEvents: new Map([['guardian.approve_transition', 'approve_transition']]),
  organization: undefined,
};

function parse(body: unknown, hints: DeliveryHints = {}, overrides: Partial<DeliveryDefaults> = {}): Delivery {
  return parseDelivery(bytesOf(body), hints, { ...defaults, ...overrides });
}

function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The id of a delivery that brings none. */
function idOf(body: unknown): string {
  return `sha256:${createHash('sha256').update(bytesOf(body)).digest('hex').slice(0, 16)}`;
}

/** Any cause will do: it is for the log. */
function rejection(code: ProblemCode, detail?: string): unknown {
  const { name, httpStatus, message } = new DeliveryError(code, detail === undefined ? {} : { detail });
  return expect.objectContaining({ name, code, httpStatus, message });
}

/** What a delivery is that says nothing but its event. */
const silent = {
  eventVersion: 'v1',
  organization: unknownOrganization,
  isOrganizationAssumed: true,
  actor: [],
  auth: { runtimeToken: '', tokenType: 'runtime', expiresAt: null, scopes: [] },
  secrets: {},
  missingSecrets: [],
  settings: [],
  freshness: { signedTimes: [] },
};

describe('an envelope', () => {
  test('of the delivery contract brings token, secrets and who asks', () => {
    const body = {
      event: 'workflow.before_transition',
      event_version: 'v1',
      issue: { id: 4711, project_id: 7, title: 'Ship invoice export' },
      transition: { from: 'review', to: 'deployed', performed_by: 'Mira@example.com' },
      definition: { id: 3, status: 'review', issue_type: 'feature' },
      metrics: { duration_minutes: 190, overdue_minutes: 10 },
      authentication: {
        token_type: 'runtime',
        runtime_token: 'rt_example',
        expires_at: '2025-11-10T12:15:00Z',
        scopes: ['ext.api.read', 'ext.api.write'],
      },
      secrets: { APPROVAL_API_TOKEN: 'value' },
      secret_status: { missing: ['GUARDIAN_SIGNING_KEY'] },
      api: { base_url: 'https://kiket.dev', runtime_header: 'X-Kiket-Runtime-Token' },
      context: { user_id: 19, workspace: 'acme' },
    };
    const issue = {
      organization: unknownOrganization,
      projectId: '7',
      id: '4711',
      title: 'Ship invoice export',
      fields: body.issue,
    };
    const mira = ['email:mira@example.com', 'id:19'];

    expect(parse(body)).toEqual({
      ...silent,
      id: idOf(body),
      event: 'workflow.before_transition',
      projectId: '7',
      issue,
      transition: { issue, from: 'review', to: 'deployed', mover: mira },
      actor: mira,
      auth: {
        runtimeToken: 'rt_example',
        tokenType: 'runtime',
        expiresAt: '2025-11-10T12:15:00Z',
        scopes: ['ext.api.read', 'ext.api.write'],
      },
      secrets: { APPROVAL_API_TOKEN: 'value' },
      missingSecrets: ['GUARDIAN_SIGNING_KEY'],
      freshness: { expiresAt: new Date('2025-11-10T12:15:00Z'), signedTimes: [] },
      payload: body,
    });
  });

  test('of the make-ai page has the move inside the issue', () => {
    const body = {
      event: 'workflow.before_transition',
      issue: { id: 4711, key: 'ORD-42', transition: { from: 'review', to: 'deployed' } },
      context: { project: 'ORD', issue: 'ORD-42', user: 'mira@example.com' },
    };
    expect(parse(body)).toMatchObject({
      projectKey: 'ORD',
      transition: {
        issue: { id: '4711', key: 'ORD-42' },
        from: 'review',
        to: 'deployed',
        mover: ['email:mira@example.com'],
      },
    });
  });

  const flat = {
    event: 'issue.status_changed',
    timestamp: '2026-04-20T09:00:00Z',
    organization_id: 3,
    issue_id: 4711,
    project_id: 7,
    title: 'Ship it',
    status: 'deployed',
    previous_status: 'review',
    assignee_id: 19,
  };
  const withSecrets = { authentication: { runtime_token: 'rt_example' }, secrets: { API_TOKEN: 'abc123' } };
  const transition = { from: 'review', to: 'deployed', performed_by: 'mira@example.com' };
  const move = { from: 'review', to: 'deployed' };
  const mira = ['email:mira@example.com'];
  /** Each moves an issue from review to deployed. `more` is what else the delivery says. */
  test.each<[string, { id?: string; [key: string]: unknown }, Partial<Issue>, string[], Partial<Delivery>]>([
    [
      'of kiket extensions replay brings organization and project inside the issue',
      {
        event: 'workflow.before_transition',
        event_type: 'before_transition',
        template_hint: 'before_transition',
        issue: { id: 4711, status: 'review', project_id: 7, organization_id: 3 },
        transition,
        secrets: { API_TOKEN: 'abc123' },
      },
      { organization: '3', projectId: '7', id: '4711', status: 'review' },
      mira,
      { event: 'workflow.before_transition', isOrganizationAssumed: false, secrets: { API_TOKEN: 'abc123' } },
    ],
    [
      'of the 2025 webhook page brings issue and transition inside data',
      {
        id: 'evt_01TEST',
        event: 'issue.transitioned',
        occurred_at: '2025-11-10T12:00:00Z',
        project: { slug: 'orders', name: 'Orders' },
        data: { issue: { key: 'ORD-42', title: 'Ship it' }, transition },
      },
      { projectKey: 'orders', key: 'ORD-42', title: 'Ship it' },
      mira,
      { occurredAt: new Date('2025-11-10T12:00:00Z') },
    ],
    [
      'of the flat webhooks brings the issue at top level, but neither token nor secrets get into its fields',
      { ...flat, ...withSecrets },
      {
        organization: '3',
        projectId: '7',
        id: '4711',
        title: 'Ship it',
        status: 'deployed',
        fields: { ...flat, id: 4711 },
      },
      [],
      {
        occurredAt: new Date('2026-04-20T09:00:00Z'),
        isOrganizationAssumed: false,
        auth: { ...silent.auth, runtimeToken: 'rt_example' },
        secrets: { API_TOKEN: 'abc123' },
      },
    ],
    [
      'of the event catalogue brings everything inside payload',
      {
        event: 'issue.transitioned',
        id: 'evt_01TEST',
        timestamp: 1_762_776_000,
        organization_id: 3,
        payload: {
          issue: { id: 4711, key: 'ORD-42', status: 'review' },
          ...move,
          actor: { id: 19, email: 'mira@example.com' },
        },
      },
      { organization: '3', id: '4711', key: 'ORD-42', status: 'review' },
      ['id:19', ...mira],
      { occurredAt: new Date('2025-11-10T12:00:00Z'), isOrganizationAssumed: false },
    ],
    [
      'of the 2026 webhooks names the event by type and gives the key as id',
      {
        id: 'evt_01TEST',
        type: 'issue.transitioned',
        createdAt: '2026-04-20T09:00:00Z',
        organizationId: 'org_01TEST',
        projectKey: 'ORD',
        data: {
          issue: { id: 'ORD-42', title: 'Ship it' },
          ...move,
          actor: { id: 'usr_01TEST', email: 'mira@example.com' },
        },
      },
      { organization: 'org_01TEST', projectKey: 'ORD', key: 'ORD-42', title: 'Ship it' },
      ['name:usr_01test', ...mira],
      { occurredAt: new Date('2026-04-20T09:00:00Z'), isOrganizationAssumed: false },
    ],
    [
      'of the later 2026 webhooks calls an issue a case, and names a workspace, which is not an organization',
      {
        id: 'evt_01TEST',
        type: 'case.transitioned',
        createdAt: '2026-06-02T09:00:00Z',
        workspaceId: 'wsp_01TEST',
        data: {
          case: { id: 'cas_01TEST', processId: 'prc_01TEST', title: 'Ship it', currentStateKey: 'deployed' },
          ...move,
          actor: { id: 'usr_01TEST' },
        },
      },
      { organization: 'workspace:wsp_01TEST', id: 'cas_01TEST', title: 'Ship it', status: 'deployed' },
      ['name:usr_01test'],
      { occurredAt: new Date('2026-06-02T09:00:00Z') },
    ],
  ])('%s', (_title, body, named, mover, more) => {
    const inside = (body['data'] ?? body['payload'] ?? body) as { issue: object; case: object };
    const issue = { organization: unknownOrganization, fields: inside.issue ?? inside.case, ...named };
    const { organization, projectId, projectKey } = issue;
    expect(parse(body)).toEqual({
      ...silent,
      id: body.id ?? idOf(body),
      signedId: body.id,
      event: 'issue.transitioned',
      organization,
      projectId,
      projectKey,
      issue,
      transition: { issue, ...move, mover },
      actor: mover,
      freshness: { signedTimes: [more.occurredAt ?? []].flat() },
      payload: body,
      ...more,
    });
  });

  test('of an action brings project, issue and user inside context', () => {
    const body = {
      action_key: 'approve_transition',
      context: {
        project: { id: 7, key: 'ORD' },
        issue: { id: 4711, key: 'ORD-42' },
        user: { id: 19, email: 'mira@example.com' },
      },
    };

    expect(parse(body)).toEqual({
      ...silent,
      id: idOf(body),
      event: 'action:approve_transition',
      actionKey: 'approve_transition',
      projectId: '7',
      projectKey: 'ORD',
      issue: {
        organization: unknownOrganization,
        projectId: '7',
        projectKey: 'ORD',
        id: '4711',
        key: 'ORD-42',
        fields: body.context.issue,
      },
      actor: ['id:19', 'email:mira@example.com'],
      payload: body,
    });
  });

  test("of a command brings the command's parameters at top level, and its id is one of them", () => {
    const body = {
      event: 'guardian.approve_transition',
      id: 'a parameter',
      message: 'Looks good',
      channel_type: 'issue',
      organization: { subdomain: 'acme' },
      organization_id: 3,
      workspaceId: 'wsp_01TEST',
      project: { key: 'ORD' },
      issue: { key: 'ORD-42' },
      context: { user_id: 19 },
      authentication: { runtime_token: 'rt_example', expires_at: 1_762_776_900 },
      secrets: { API_TOKEN: 'abc123' },
      api: { base_url: 'https://kiket.dev' },
    };

    expect(parse(body)).toEqual({
      ...silent,
      id: idOf(body),
      event: 'action:approve_transition',
      actionKey: 'approve_transition',
      actor: ['id:19'],
      auth: { ...silent.auth, runtimeToken: 'rt_example', expiresAt: '1762776900' },
      secrets: { API_TOKEN: 'abc123' },
      freshness: { expiresAt: new Date('2025-11-10T12:15:00Z'), signedTimes: [] },
      payload: body,
    });
  });

  test('may have null wherever it has no value', () => {
    const text = `{"event":"issue.created","event_type":null,"event_version":null,"type":null,"action_key":null,"id":null,
      "occurred_at":null,"createdAt":null,"timestamp":null,"received_at":null,"organization_id":null,"organizationId":null,
      "workspaceId":null,"organization":null,"project_id":null,"projectKey":null,"project":null,"issue":null,"case":null,
      "issue_id":null,"title":null,"status":null,"previous_status":null,"to_status":null,"transition":null,"data":null,
      "payload":null,"context":null,"authentication":null,"api":null,"secrets":null,"secret_status":null}`;
    const expected = { ...silent, id: idOf(text), event: 'issue.created', payload: JSON.parse(text) as unknown };
    expect(parse(text)).toEqual(expected);
  });
});

describe('the event', () => {
  test.each([
    ['before_transition', 'workflow.before_transition'],
    ['issue_updated', 'issue.updated'],
    ['case.commented', 'comment.created'],
    ['comment.added', 'comment.created'],
    ['workflow.sla_breach', 'sla.breach'],
    ['workflow.approval.resolved', 'approval.decided'],
    ['guardian.approve_transition', 'action:approve_transition'],
    ['constructor', 'constructor'],
  ])('%s is known as %s', (name, canonical) => {
    expect(parse({ event: name }).event).toBe(canonical);
  });

  test.each([
    ['event', { event: 'issue.created', type: 'order.created', event_type: 'issue_created' }, 'issue.created'],
    ['type, if it looks like one', { type: 'issue.updated', event_type: 'update' }, 'issue.updated'],
    ['action_key', { type: 'bug', action_key: 'explain_transition' }, 'action:explain_transition'],
    ['event, though there is an action_key', { event: 'order.created', action_key: 'explain' }, 'order.created'],
    ['action_key, if event says no more than that', { event: 'extension.action', action_key: 'x' }, 'action:x'],
  ])('is taken from %s', (_place, body, event) => {
    expect(parse(body).event).toBe(event);
  });

  test.each([
    ['header', { headerEvent: 'issue_created' }],
    ['path and header', { pathEvent: 'issue.created', headerEvent: 'case.created' }],
  ])('is taken from the %s if the body names none', (_place, hints) => {
    expect(parse({ issue_id: 1 }, hints).event).toBe('issue.created');
  });

  test("of a vendor's webhook, which names its event in event_type, is taken from the path", () => {
    const body = { event_type: 'jira:issue_updated', issue: { id: 1 } };
    const event = 'jira.webhooks.receive';
    expect(parse(body, { pathEvent: event }).event).toBe(event);
    expect(parse(body, { pathEvent: event, headerEvent: event }).event).toBe(event);
  });

  test.each([
    ['a synonym', { event: 'issue.status_changed' }, { pathEvent: 'case.transitioned', headerEvent: ' ' }],
    ["an action's command", { action_key: 'approve_transition' }, { headerEvent: 'guardian.approve_transition' }],
    ['that it is an action', { action_key: 'approve_transition' }, { pathEvent: 'action', headerEvent: 'action.run' }],
  ])('may be repeated by path and header: %s', (_what, body, hints) => {
    expect(parse(body, hints).event).toBe(parse(body).event);
  });

  test.each([
    ['the header has what no header can', {}, { headerEvent: 'be\u00adfore_transition' }],
    ['the header has UTF-8, read as headers are', {}, { headerEvent: 'be\u00e2\u0080\u008bfore_transition' }],
    ["the path turns a vendor's event into one of Kiket's", { event_type: 'jira:x' }, { pathEvent: 'issue.created' }],
    ["the path turns a vendor's event into an action", { event_type: 'jira:x' }, { pathEvent: 'action.run' }],
    ['the body has another type', { event: 'workflow.before_transition', type: 'issue.created' }, {}],
    ['the body has two types', { type: 'issue.created', event_type: 'before_transition' }, {}],
    ['an action says so by type', { action_key: 'x', type: 'before_transition' }, {}],
    ['a command says so invisibly', { event: 'guardian.approve_transition', type: 'be\u200bfore_transition' }, {}],
    ['an action is a guard in event', { event: 'extension.action.beforeTransition', action_key: 'x' }, {}],
    ['an event says that it is a guard by event_type', { event: 'issue.created', event_type: 'before-transition' }, {}],
    ['an event that nobody knows says so by action_key', { event: 'x.y', action_key: 'before-transition' }, {}],
    ['an event says that it is another guard', { event: 'order.created', event_type: 'before_merge' }, {}],
    ['the body is an action as well', { event: 'workflow.before_transition', action_key: 'guardian_report' }, {}],
  ])('is a mismatch if %s', (_what, body, hints) => {
    expect(() => parse(body, hints)).toThrow(new DeliveryError('event_mismatch'));
  });

  test.each([
    { event: 'workflow.before_transition', type: 'workflow.event', event_type: 'before_transition' },
    { event: 'report.made', action_key: 'make_report' },
    { event: 'report.made', type: 'before', event_type: 'beforehand' },
  ])("is not contradicted by what isn't an event of Kiket, as in %j", (body) => {
    expect(parse(body).event).toBe(body.event);
  });

  test.each([{ type: 'release.note', event_type: 'issue_created' }, { event_type: 'before_merge' }])(
    'of an action may have parameters like %j',
    (parameters) => {
      expect(parse({ action_key: 'explain_transition', ...parameters }).event).toBe('action:explain_transition');
    },
  );

  test.each([{ event: ' ', action_key: '' }, { event: '\u200b' }, { type: 'bug' }])('is missing from %j', (body) => {
    expect(() => parse(body, { pathEvent: '', headerEvent: ' ' })).toThrow(new DeliveryError('event_missing'));
  });
});

test.each([
  ['workflow.before_transition', true],
  ['workflow.after_transition', false],
  ['beforeTransition', true],
  ['workflow.before_transitions', true],
  ['workflow.transition.before', true],
  ['workflow.be\u200bfore_tran\u00adsition', true],
  ['ｗｏｒｋｆｌｏｗ．ｂｅｆｏｒｅ＿ｔｒａｎｓｉｔｉｏｎ', true],
  ['workflow.BeforeMerge', true],
  ['WORKFLOW.BEFOREMERGE', true],
  ['workflow.beforehand', false],
  ['external.webhook.unsubscribe_forever', false],
  ['issue.be_forecast', false],
  ['workflow.beforehandover', true],
  ['action:before_transition', true],
  ['action:workflow.beforeTransition', true],
  ['action:remind_before_release', false],
])('whether Kiket waits for the answer to %s: %s', (event, waits) => {
  expect(isGuardEvent(event)).toBe(waits);
});

describe('the version', () => {
  test.each([1, '1.0.0', 'V1', ' v1 ', '', null])('%j in the body is v1', (version) => {
    expect(parse({ event: 'issue.created', event_version: version }).eventVersion).toBe('v1');
  });

  test('may have several digits', () => {
    expect(parse({ event: 'x.y', event_version: '10.0' }, {}, { apiVersion: 'v10' }).eventVersion).toBe('v10');
  });

  test.each(['v1.0', ' '])('%j in the path or header is v1', (version) => {
    expect(parse({ event: 'issue.created' }, { version }).eventVersion).toBe('v1');
  });

  test.each([
    ['body', { event: 'issue.created', event_version: 'v2' }, {}],
    ['path or header', { event: 'issue.created' }, { version: 'v2' }],
  ])('is a mismatch if it is another in the %s', (_place, body, hints) => {
    const mismatch = new DeliveryError('version_mismatch', { detail: "The extension's version is v1." });
    expect(() => parse(body, hints)).toThrow(mismatch);
  });
});

describe('the tenant', () => {
  const body = { event: 'issue.created', organization_id: 3, project_id: '7' };

  test.each([
    ['another organization', body, { organization: '4' }],
    ['another project', body, { project: '8' }],
    ['another project key', { event: 'issue.created', projectKey: 'ORD' }, { project: 'OPS' }],
  ])('is a mismatch if a header names %s', (_what, signed, hints) => {
    expect(() => parse(signed, hints)).toThrow(new DeliveryError('tenant_mismatch'));
  });

  test('of an action is that of its context, whatever parameters it has', () => {
    const action = { action_key: 'approve_transition', context: { issue: { id: 42, organization_id: 3 } } };
    expect(parse({ ...action, organization: { subdomain: 'acme' } }).organization).toBe('3');
    expect(() => parse({ ...action, organization_id: 4 })).toThrow(new DeliveryError('tenant_mismatch'));
  });

  test.each([
    ['the issue', { issue: { organization_id: 3 } }, '3', false],
    ['organization.subdomain', { organization: { subdomain: 'Acme' } }, 'subdomain:acme', false],
    ['organization, as its subdomain', { organization: 'acme' }, 'subdomain:acme', false],
    ['KIKET_ORGANIZATION_ID, if the body names a workspace', { workspaceId: 'wsp_1' }, 'default', true],
    ['KIKET_ORGANIZATION_ID, if the body says nothing', { organization_id: ' ' }, 'default', true],
  ])('has its organization from %s', (_place, part, organization, isOrganizationAssumed) => {
    const delivery = parse({ event: 'issue.created', ...part }, {}, { organization: 'default' });
    expect(delivery).toMatchObject({ organization, isOrganizationAssumed });
  });

  test.each([
    ['the issue', { issue: { project_id: 1 } }],
    ['project, if that is all it is', { project: 1 }],
  ])('has the id of its project from %s', (_place, part) => {
    expect(parse({ event: 'issue.created', ...part })).toMatchObject({ projectId: '1', projectKey: undefined });
  });

  test.each([
    ['projectKey', { projectKey: 'ORD', project: { slug: 'orders' } }],
    ['project, if that is all it is', { project: 'ORD' }],
    ['project.slug', { project: { slug: 'ORD' } }],
  ])('has the key of its project from %s', (_place, part) => {
    expect(parse({ event: 'issue.created', ...part })).toMatchObject({ projectId: undefined, projectKey: 'ORD' });
  });

  test.each([
    { project_id: 7, project: 8 },
    { project: { key: 'ORD', slug: 'orders' }, context: { project: { key: 'ORD', slug: 'web' } } },
  ])('has one project: %j has two', (part) => {
    expect(() => parse({ event: 'issue.created', ...part })).toThrow(
      rejection('delivery_invalid', 'The body names two projects.'),
    );
  });

  test.each([
    { organization_id: 3, issue: { id: 42, organization_id: 4 } },
    { organizationId: 'org_1', organization: { id: 'org_2' } },
    { organization_id: 3, organization: 4 },
  ])('has one organization: %j has two', (part) => {
    expect(() => parse({ event: 'issue.created', ...part })).toThrow(new DeliveryError('tenant_mismatch'));
  });

  test.each([
    { organization_id: 3, workspaceId: 4, issue: { id: 42, organization_id: '3' } },
    { organization_id: 3, organization: { id: '03', subdomain: 'acme' } },
  ])('has one organization: %j has no other', (part) => {
    expect(parse({ event: 'issue.created', ...part }).organization).toBe('3');
  });

  test.each(['subdomain:acme', 'workspace:wsp_1', unknownOrganization])('has no organization whose id is %s', (id) => {
    expect(() => parse({ event: 'issue.created', organization_id: id })).toThrow(
      rejection('delivery_invalid', `"${id}" is not a valid organization id.`),
    );
  });

  test.each([{ organization: '3', project: '7' }])('never comes from headers such as %j', (hints) => {
    const delivery = parse({ event: 'issue.created', issue_id: 1 }, hints);
    expect(delivery).toMatchObject({ organization: unknownOrganization, projectId: undefined, projectKey: undefined });
    expect(delivery.issue).toMatchObject({ organization: unknownOrganization, projectId: undefined });
  });
});

describe('the id of a delivery', () => {
  const hints = { deliveryId: 'dlv_01TEST', invocationId: 'inv_01TEST' };

  test.each([
    ['the body', { event: 'issue.created', id: 99 }, hints, { id: '99', signedId: '99' }],
    ['X-Kiket-Delivery', { event: 'issue.created' }, hints, { id: 'dlv_01TEST', signedId: undefined }],
    ['a header, for an action', { action_key: 'x', id: 'a parameter' }, hints, { id: 'dlv_01TEST' }],
    [
      'nothing with a NUL, which PostgreSQL cannot keep',
      { event: 'x.y', id: 'evt\u0000' },
      {},
      { signedId: undefined },
    ],
  ])('is taken from %s', (_place, body, given, expected) => {
    expect(parse(body, given)).toMatchObject(expected);
  });
});

describe('the time of a delivery', () => {
  test('is the first that it says, and each of them can show that it is recent', () => {
    const body = {
      event: 'issue.created',
      occurred_at: '2025-11-10T12:00:00Z',
      createdAt: 1_762_776_001,
      timestamp: 1_762_776_002_000,
      received_at: '2025-11-10T12:00:03Z',
    };
    const times = [0, 1, 2, 3].map((seconds) => new Date(`2025-11-10T12:00:0${seconds}Z`));
    expect(parse(body)).toMatchObject({ occurredAt: times[0], freshness: { signedTimes: times } });
  });

  test.each(['soon', {}])('is not %j', (timestamp) => {
    const delivery = parse({ event: 'issue.created', timestamp });
    expect(delivery.occurredAt).toBeUndefined();
    expect(delivery.freshness).toEqual({ expiresAt: undefined, signedTimes: [] });
  });
});

describe('an action', () => {
  test.each([
    [4711, { id: '4711', key: undefined }],
    ['ORD-42', { id: undefined, key: 'ORD-42' }],
  ])('may say of its issue and its project nothing but %j', (issue, names) => {
    const delivery = parse({ action_key: 'x', context: { issue, project: 7, user_id: 19 } });
    expect(delivery).toMatchObject({ projectId: '7', actor: ['id:19'], issue: { ...names, projectId: '7' } });
  });

  const context = { issue: { id: 4711 }, user: { id: 19, email: 'mira@example.com' } };
  const forged = {
    user: { id: 66, email: 'eve@example.com' },
    user_id: 66,
    performed_by: 'eve@example.com',
    author: { id: 66 },
    actor: { id: 66 },
    transition: { performed_by: 'eve@example.com' },
    data: { actor: { id: 66 } },
    payload: { actor: 'eve@example.com' },
  };

  test.each([
    ['both', { action_key: 'approve_transition', context }, ['id:19', 'email:mira@example.com']],
    ['nobody, if it does not say who', { action_key: 'approve_transition', context: { issue: { id: 4711 } } }, []],
    [
      'an address, in a command',
      { event: 'guardian.approve_transition', context: { user: 'a@b.example' } },
      ['email:a@b.example'],
    ],
  ])('is by the user in its context, whatever its parameters say: %s', (_who, body, actor) => {
    expect(parse({ ...body, ...forged }).actor).toEqual(actor);
  });

  test('is about the issue in its context, whatever its parameters say', () => {
    const body = {
      action_key: 'approve_transition',
      issue: { id: 1 },
      case: { id: 2 },
      issue_id: 3,
      data: { issue: { id: 4 } },
      payload: { issue: { id: 5 } },
      project_id: 1,
      projectKey: 'EVIL',
      project: { id: 1, key: 'EVIL' },
      context: { ...context, project: { id: 7, key: 'ORD' } },
    };
    const project = { projectId: '7', projectKey: 'ORD' };
    expect(parse(body)).toMatchObject({ ...project, issue: { id: '4711', ...project } });
  });
});

describe('an issue', () => {
  test.each([
    ['another id', { id: 'cas_01TEST' }, { id: 'cas_01TEST', key: undefined }],
    ['a key', { id: 'ORD-42' }, { id: undefined, key: 'ORD-42' }],
    ['blank', { id: ' ', key: 'ORD-42' }, { id: undefined, key: 'ORD-42' }],
    ['something with a dash', { id: 'b9c1-4f' }, { id: 'b9c1-4f', key: undefined }],
  ])('may have %s for an id', (_what, issue, expected) => {
    expect(parse({ event: 'issue.created', issue }).issue).toMatchObject(expected);
  });

  test.each([
    ['issue', { issue: { id: 1, title: 'a' }, data: { issue: { id: 1, title: 'b' } } }],
    ['data.case', { data: { case: { id: 1, title: 'a' } }, case: { id: 1, title: 'b' } }],
    ['case', { case: { id: 1, title: 'a' }, payload: { issue: { id: 1, title: 'b' } } }],
    ['payload.case', { payload: { case: { id: 1, title: 'a' } }, issue_id: 1, title: 'b' }],
    ['context.issue', { context: { issue: { id: 1, title: 'a' } } }],
  ])('is taken from %s', (_place, body) => {
    expect(parse({ event: 'issue.created', ...body }).issue).toMatchObject({ id: '1', title: 'a' });
  });

  test.each([
    { issue: { key: 'ORD-1' }, data: { issue: { key: 'ORD-2' } } },
    { issue: { id: 1 }, context: { issue: 2 } },
    { issue: { key: 'ORD-1' }, data: { issue: { id: 1 } }, payload: { issue: { id: 2 } } },
    { issue: { id: 'ORD-1', key: 'ORD-2' } },
  ])('is one: %j has two', (body) => {
    const isRefused = rejection('delivery_invalid', 'The body names two issues.');
    expect(() => parse({ event: 'workflow.before_transition', ...body })).toThrow(isRefused);
  });

  test('may have an id in one place and its key in another', () => {
    const body = { event: 'issue.created', issue: { id: 1 }, data: { issue: { id: 'ORD-42' } }, case: 'of beer' };
    expect(parse(body).issue).toMatchObject({ id: '1', key: undefined });
  });
});

describe('a transition', () => {
  test.each([
    ['issue.transition', { issue: { id: 1, transition: { from: 'a', to: 'b' } } }],
    ['payload', { payload: { from: 'a', to: 'b' } }],
    ['previous_status and to_status', { previous_status: 'a', to_status: 'b', status: 'y' }],
    ['previous_status and status', { previous_status: 'a', status: 'b' }],
    ['two places that spell it differently', { transition: { from: 'a', to: 'b' }, payload: { from: 'A', to: '-b' } }],
  ])('is taken from %s', (_place, body) => {
    const delivery = parse({ event: 'issue.transitioned', issue: { id: 1 }, ...body });
    expect(delivery.transition).toEqual({ issue: delivery.issue, from: 'a', to: 'b', mover: [] });
  });

  test.each([
    { payload: { transition: { to: 'x' } } },
    { to_status: 'x' },
    { issue: { id: 1, transition: { from: 'x' } } },
    { to: 'x' },
    { from: 'x' },
  ])('is one: %j beside it makes two', (body) => {
    const move = { event: 'workflow.before_transition', issue: { id: 1 }, transition: { from: 'a', to: 'b' } };
    expect(() => parse({ ...move, ...body })).toThrow(rejection('delivery_invalid', 'The body names two moves.'));
  });

  test('is by everybody whom the body names as its mover, once', () => {
    const delivery = parse({
      event: 'issue.transitioned',
      issue: { id: 1 },
      transition: { to: 'b', performed_by: { id: 19, email: null } },
      data: { actor: { id: '19', email: 'mira@example.com' }, transition: { performed_by: 'mira@home.example.com' } },
      payload: { actor: 'MIRA@example.com' },
      context: { user: { email: 'mira@work.example.com' }, user_id: 19 },
    });
    const mira = ['id:19', ...['home.', '', 'work.'].map((at) => `email:mira@${at}example.com`)];
    expect(delivery).toMatchObject({ actor: mira, transition: { mover: mira } });
  });

  test.each([
    ['an issue', { transition: { from: 'a', to: 'b' } }],
    ['an issue that has an id or a key', { issue: { title: 'Ship it' }, transition: { from: 'a', to: 'b' } }],
    ['more than a status', { issue: { id: 1 }, status: 'b' }],
  ])('is none without %s', (_what, body) => {
    expect(parse({ event: 'issue.transitioned', ...body }).transition).toBeUndefined();
  });
});

test('keys that nobody knows are kept', () => {
  const issue = { id: 1, custom_fields: { severity: 'high' }, labels: ['a', 'b'] };
  const body = { event: 'issue.created', issue, new_in_2027: { deep: [1, null] } };
  const delivery = parse(body);
  expect(delivery.payload).toEqual(body);
  expect(delivery.issue?.fields).toEqual(issue);
});

test('keys that JavaScript gives a meaning do no harm', () => {
  const trap = '"__proto__":{"to":"deployed","id":66,"user_id":66,"polluted":true},"constructor":{"polluted":true}';
  const delivery = parse(`{"event":"issue.transitioned",${trap},"issue":{"key":"ORD-42","status":"review",${trap}},
    "data":{${trap}},"transition":{${trap}},"context":{${trap}},"secrets":{"__proto__":"a","constructor":"b"}}`);

  expect(delivery).toMatchObject({ signedId: undefined, transition: undefined, actor: [] });
  expect(delivery.issue).toMatchObject({ id: undefined, key: 'ORD-42', status: 'review' });
  expect(Object.entries(delivery.secrets)).toEqual([['constructor', 'b']]);
  expect(Object.keys(delivery.issue?.fields ?? {})).toEqual(['key', 'status', 'constructor']);
  expect(Object.getPrototypeOf(delivery.issue?.fields)).toBe(Object.prototype);
  expect(Object.getPrototypeOf(delivery.payload)).toBe(Object.prototype);
  expect({}).not.toHaveProperty('polluted');
});

describe('a body', () => {
  const long = 'x'.repeat(256);

  test.each([
    ['event', { event: long }],
    ['issue.id', { issue: { id: long } }],
    ['issue.key', { issue: { key: long } }],
    ['issue_id', { issue_id: [1] }],
    ['organization_id', '{"event":"issue.created","organization_id":1e999}'],
    ['organization', { organization: true }],
    ['context.project', { context: { project: { key: 7 } } }],
    ['issue.transition.to', { issue: { transition: { to: 3 } } }],
    ['transition.performed_by', { transition: { performed_by: ['mira@example.com'] } }],
    ['context.user', { context: { user: false } }],
    ['context', { context: 'acme' }],
    ['authentication.scopes', { authentication: { scopes: 'ext.api.read' } }],
    ['authentication.runtime_token', { authentication: { runtime_token: 7 } }],
    ['secrets', { secrets: ['abc123'] }],
    ['secret_status.missing', { secret_status: { missing: ['A', 2] } }],
    ['event_version', { event_version: ['v1'] }],
    ['occurred_at', { occurred_at: 'x'.repeat(65) }],
    ['occurred_at', { occurred_at: { length: { toString: 'x' } } }],
    ['issue.id', { issue: { id: 'ORD\u0000' } }],
    ['data.from', { data: { from: 5 } }],
  ])('is rejected, naming its wrong %s', (place, body) => {
    const signed = typeof body === 'string' ? body : { event: 'issue.created', ...body };
    expect(() => parse(signed)).toThrow(rejection('delivery_invalid', `Check: ${place}.`));
  });

  test('is rejected, naming three wrong fields at most', () => {
    const body = { event: 1, action_key: 1, projectKey: 1, context: 1 };
    expect(() => parse(body)).toThrow(rejection('delivery_invalid', 'Check: event, action_key, projectKey.'));
  });

  test.each([
    ['the longest id', { issue_id: long.slice(1) }],
    ['data that is a list, and a payload that is text', { data: [{ issue: 1 }], payload: 'text' }],
  ])('may have %s', (_what, part) => {
    const body = { event: 'issue.created', ...part };
    expect(parse(body).payload).toEqual(body);
  });
});

describe('what a listener can rely on', () => {
  test.each<[string, object, ...[place: string, wrong: unknown][]]>([
    [
      'board.generated',
      { board: { id: 5, name: 'Orders', generated_at: 1_762_776_000, columns: [] } },
      ['body', 'Orders'],
      ['board', {}],
      ['board', { board: 'Orders' }],
      ['board.id', { board: { id: 1.5 } }],
      ['board.name', { board: { name: 5 } }],
      ['board.generated_at', { board: { generated_at: {} } }],
    ],
    [
      'analytics.metric_alert',
      { metric: { key: 'lead_time', value: 9.5, threshold: 7, unit: 'days' } },
      ['metric', {}],
      ['metric.key', { metric: { value: 9.5 } }],
      ['metric.value', { metric: { key: 'a', value: '9.5' } }],
      ['metric.threshold', { metric: { key: 'a', threshold: [] } }],
    ],
  ])('in %s is named by %j', (event, body, ...refused) => {
    expect(check(schemaOf(event), body)).toEqual(body);
    for (const [place, wrong] of refused) {
      expect(() => check(schemaOf(event), wrong)).toThrow(rejection('delivery_invalid', `Check: ${place}.`));
    }
  });

  function schemaOf(event: string): z.ZodType {
    const schema = eventSchemas[event];
    if (schema === undefined) throw new Error(`There is no schema for ${event}.`);
    return schema;
  }
});

describe('what people can put into a command', () => {
  const approve = { action_key: 'approve_transition', context: { issue: { id: 42 }, user_id: 19 } };

  test.each([
    { issue: 'ORD-42' },
    { previous_status: { any: 'thing' }, status: 5, issue_id: [] },
    { author: 5.5, title: {} },
  ])('may be anything: %j', (parameters) => {
    expect(parse({ ...approve, ...parameters })).toMatchObject({ actionKey: 'approve_transition', actor: ['id:19'] });
  });

  test('does not prove when it was sent', () => {
    const body = { ...approve, timestamp: '2027-01-01T00:00:00Z' };
    expect(parse(body).freshness).toEqual({ expiresAt: undefined, signedTimes: [] });
  });
});

test('the author of a comment is who did it', () => {
  const body = { event: 'comment.created', issue_id: 42, author: { id: 19, email: 'mira@example.com' } };
  expect(parse(body).actor).toEqual(['id:19', 'email:mira@example.com']);
});

describe('an action call', () => {
  const approve = { action_key: 'approve_transition', context: { issue: { id: 42 }, user_id: 19 } };
  const commandEvents = new Map([
    ['guardian.approve_transition', 'approve_transition'],
    ['guardian.revoke_approval', 'revoke_approval'],
  ]);

  test.each([
    'action',
    'extension.action',
    'action.triggered',
    'action.approve_transition',
    'guardian.approve_transition',
  ])('may be called %s in the header and in the body', (name) => {
    expect(parse(approve, { headerEvent: name }, { commandEvents }).event).toBe('action:approve_transition');
    expect(parse({ ...approve, event: name }, {}, { commandEvents }).event).toBe('action:approve_transition');
  });

  test.each(['organizationId', 'organization', 'workspaceId', 'settings', 'configuration'])(
    'may not be called a command by only a header or path, if it has %s, which would be a parameter',
    (field) => {
      const body = { ...approve, [field]: field === 'settings' || field === 'configuration' ? {} : 3 };
      const name = 'guardian.approve_transition';
      for (const hints of [{ headerEvent: name }, { pathEvent: name }]) {
        expect(() => parse(body, hints, { commandEvents })).toThrow(new DeliveryError('event_mismatch'));
      }
      expect(parse(body, { headerEvent: 'action' }, { commandEvents }).event).toBe('action:approve_transition');
    },
  );

  test.each(['action.revoke_approval', 'issue.created'])('may not be called %s', (name) => {
    expect(() => parse(approve, { headerEvent: name }, { commandEvents })).toThrow(new DeliveryError('event_mismatch'));
  });
});
