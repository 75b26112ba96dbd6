import { deny, pending, type PastDecision } from 'kiket-express';
import { createClient } from 'kiket-express/client';
import { loadTestSetup, noon, openTestStore, runAction, testIssue } from 'kiket-express/testing';
import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { decisionReport } from '../src/actions/decisionReport.ts';
import extension from '../src/extension.ts';
import { backfill } from '../src/backfill.ts';
import { rowsOfMove } from '../src/listeners/decisionRows.ts';
import { guard } from '../src/settings.ts';
import { openApp, project, settingsWith, startApi } from './support.ts';

const { manifest } = loadTestSetup(project);
const schema = readFileSync(new URL('.kiket/modules/guard_decisions/schema.yml', project.root), 'utf8');
/** The columns of the table that Kiket installs. */
const [columnsText = ''] = schema.split('indexes:');
const columns = [...columnsText.matchAll(/\bname: (\w+)/gm)].map(([, name = '']) => name);

const decided: PastDecision = {
  id: 'd1',
  status: 'deny',
  failure: undefined,
  reasons: [
    { guard: 'one', status: 'deny', message: 'No.' },
    { guard: 'two', status: 'pending', message: 'Wait.' },
  ],
  from: 'review',
  to: 'done',
  decidedAt: new Date('2026-03-02T11:00:00Z'),
};

describe('the rows of a move', () => {
  const move = {
    id: 'm1',
    projectId: '7',
    transition: { issue: testIssue(), from: 'review', to: 'done', mover: ['id:19'] },
    movedAt: noon,
    spent: [{ approvers: ['noor@example.com'], override: undefined }],
    message: 'Approved by noor@example.com.',
  };
  const shared = { move_id: 'm1', project_id: '7', issue_id: '42', from_state: 'review', to_state: 'done' };
  const moveRow = {
    ...shared,
    invocation_id: 'm1',
    decision: 'allow',
    message: 'Approved by noor@example.com.',
    details: { approvers: ['noor@example.com'], override: null, reasons: [], failure: null },
    decided_at: '2026-03-02T12:00:00.000Z',
  };
  const denied = {
    ...shared,
    invocation_id: 'd1',
    decision: 'deny',
    message: 'No. Wait.',
    details: { approvers: [], override: null, reasons: decided.reasons, failure: null },
    decided_at: '2026-03-02T11:00:00.000Z',
  };

  test('are the move and what was decided on the way to it', () => {
    const rows = rowsOfMove({ ...move, history: [decided, { ...decided, id: 'd2', status: 'allow', reasons: [] }] });
    expect(rows).toStrictEqual([moveRow, denied]);
    const written = new Set(columns.filter((name) => name !== 'id'));
    expect(rows.map((row) => new Set(Object.keys(row)))).toEqual(rows.map(() => written));
  });

  test.each([
    ['are about the same status, however it is written', 'DONE', [moveRow, denied]],
    ['leave out moves to other statuses', 'released', [moveRow]],
  ])('%s', (_what, to, rows) => {
    expect(rowsOfMove({ ...move, history: [{ ...decided, to }] })).toEqual(rows);
  });

  test('say in that of the move why it was allowed although nobody could decide', () => {
    const degraded: PastDecision = { ...decided, status: 'allow', failure: 'guard_failed' };
    const [row] = rowsOfMove({ ...move, history: [degraded] });
    const approvers = ['noor@example.com'];
    expect(row?.details).toEqual({ approvers, override: null, reasons: decided.reasons, failure: 'guard_failed' });
  });

  test('say in that of the move who overrode, and what', () => {
    const override = { by: 'kim@example.com', reason: 'The shop is down.' };
    const [row] = rowsOfMove({
      ...move,
      spent: [{ approvers: [], override }],
      history: [{ ...decided, status: 'allow' }],
    });
    expect(row?.details).toEqual({ approvers: [], override, reasons: decided.reasons, failure: null });
  });
});

describe('Kiket', () => {
  const path = `/api/v1/ext/custom_data/${manifest.id}.decisions/decisions?project_id=7`;
  const row = { status: 201, body: { data: { id: 1 } } };
  const body = {
    issue: { id: 42, key: 'ORD-42', project_id: 7, organization_id: 3 },
    transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
  };
  const authentication = { runtime_token: 'rt_test', scopes: ['custom_data:write'] };
  const moved = { ...body, id: 'evt_moved', event: 'workflow.after_transition', authentication };

  /** The app after it was asked about a move twice, and a Kiket that answers so. */
  async function openAsked(replies: Parameters<typeof startApi>[0]) {
    const { url, calls } = await startApi(replies);
    const answers = [deny('No.'), pending('Wait.')];
    const guards = { guard: guard(() => answers.shift() ?? pending('Wait.')) };
    const app = await openApp({ baseUrl: url, extension: { ...extension, guards } });
    for (const id of ['evt_1', 'evt_2']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await app.deliver({ ...body, id, event: 'workflow.before_transition' });
    }
    await app.dependencies.store.decisions.count(testIssue(), noon);
    const decisions = () => calls.map((call) => (call.body as { record: { decision: string } }).record.decision);
    return { ...app, calls, decisions };
  }

  test('gets a row for the move and for each decision on the way to it', async () => {
    const { deliver, calls, decisions } = await openAsked([row, row, row]);
    expect((await deliver(moved)).status).toBe(200);
    expect(calls.map((call) => `${call.method} ${call.path}`)).toEqual([
      `POST ${path}`,
      `POST ${path}`,
      `POST ${path}`,
    ]);
    expect(decisions()).toEqual(['allow', 'deny', 'pending']);
    const records = calls.map((call) => (call.body as { record: Record<string, unknown> }).record);
    expect(new Set(records.map(({ move_id: move }) => move)).size).toBe(1);
    expect(new Set(records.map(({ invocation_id: id }) => id)).size).toBe(3);
  });

  test('gets the decisions with one move and no other', async () => {
    const { deliver, decisions } = await openAsked([row, row, row, row]);
    await deliver(moved);
    await deliver({ ...moved, id: 'evt_moved_again' });
    expect(decisions()).toEqual(['allow', 'deny', 'pending', 'allow']);
  });

  test.each([
    ['without the scope', { ...moved, authentication: { ...authentication, scopes: ['comments:write'] } }],
    ['in a project that nobody names', { ...moved, issue: { ...moved.issue, project_id: undefined } }],
  ])('gets no row %s', async (_what, delivery) => {
    const { deliver, calls } = await openAsked([row, row, row]);
    expect((await deliver(delivery)).status).toBe(200);
    expect(calls.filter((call) => call.path.includes('custom_data'))).toEqual([]);
  });
});

describe('the report', () => {
  const settings = settingsWith();
  const week = 7 * 24 * 60 * 60 * 1000;
  const record = { ...decided, issue: testIssue(), event: 'workflow.before_transition', keys: [], decidedAt: noon };

  async function report(records: readonly Partial<typeof record>[], delivery = {}) {
    const store = await openTestStore();
    onTestFinished(() => store.close());
    for (const differences of records) store.decisions.record({ ...record, ...differences });
    return runAction(decisionReport, { settings, store, delivery });
  }

  test('counts the decisions of the last seven days', async () => {
    const answer = await report([
      { status: 'allow', decidedAt: new Date(noon.getTime() - week) },
      { status: 'allow', decidedAt: new Date(noon.getTime() - week - 1) },
      { status: 'pending' },
      {},
      {},
    ]);
    expect(answer).toMatchObject({
      status: 'success',
      message: 'Last 7 days: 1 allowed, 1 pending, 2 denied.',
      data: { allow: 1, pending: 1, deny: 2, since: '2026-02-23T12:00:00.000Z' },
    });
  });
});

describe('npm run backfill', () => {
  const moved = {
    id: 'evt_moved',
    event: 'workflow.after_transition',
    issue: { id: 42, project_id: 7, organization_id: 3 },
    transition: { from: 'review', to: 'done' },
  };
  const created = { status: 201, body: { data: { id: 1 } } };

  async function openBackfill(replies: Parameters<typeof startApi>[0]) {
    const { url, calls } = await startApi(replies);
    const app = await openApp({ baseUrl: url });
    const kiket = createClient({ apiKey: 'ek_example', baseUrl: url, timeoutMs: 500 });
    const { log } = app.dependencies;
    const run = () => backfill({ earlierSteps: app.earlierSteps, extensionId: manifest.id, kiket, log });
    return { ...app, calls, run };
  }

  test('writes the rows of a move that was reported without a token, once', async () => {
    const { deliver, calls, run } = await openBackfill([created]);
    await deliver(moved);
    expect([await run(), await run()]).toEqual([1, 0]);
    const record = { issue_id: '42', to_state: 'done', decision: 'allow' };
    expect(calls).toMatchObject([{ headers: { 'x-kiket-api-key': 'ek_example' }, body: { record } }]);
  });

  test('leaves alone what the delivery has written', async () => {
    const { deliver, run } = await openBackfill([created, created]);
    await deliver({ ...moved, authentication: { runtime_token: 'rt_test', scopes: ['custom_data:write'] } });
    expect(await run()).toBe(0);
  });

  test('goes on after a row that Kiket refuses, and stops where Kiket is down', async () => {
    const { deliver, logText, run } = await openBackfill([{ status: 403 }, created]);
    await deliver(moved);
    await deliver({ ...moved, id: 'evt_second', issue: { ...moved.issue, id: 43 } });
    expect(await run()).toBe(1);
    expect(logText()).toContain('Kiket refused a row');
    await expect(run()).rejects.toMatchObject({ code: 'kiket_unavailable' });
  });
});
