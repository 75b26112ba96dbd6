import { join } from 'node:path';
import request from 'supertest';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openKiket } from '../../src/server/open.ts';
import { openStore } from '../../src/store/open.ts';
import { project } from '../fixture/src/project.ts';
import { moveToDone } from '../support/deliver.ts';
import { temporaryFolder } from '../support/folders.ts';
import { secret } from '../support/guardian.ts';
import { createPostgresDatabase } from '../support/postgres.ts';
import { signedHeaders } from '../support/sign.ts';

const day = 24 * 60 * 60 * 1000;
const start = new Date('2026-03-02T12:00:00Z');
const issue = { organization: '3', projectId: '7', projectKey: 'ORD', id: '42', key: 'ORD-42' };

/** A guardian whose clock the test sets, over a database in which somebody has approved at the start. */
async function openWithApproval(url: string) {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  vi.setSystemTime(start);
  const settings = { DATABASE_URL: url, KIKET_SDK_TELEMETRY_OPTOUT: '1', KIKET_WEBHOOK_SECRET: secret };
  const guardian = await openKiket(project, { ...settings, LOG_LEVEL: 'silent' });
  const store = await openStore(url, { onRepeat: () => {}, onTrouble: () => {} });
  onTestFinished(async () => {
    await guardian.close();
    await store.close();
  });
  await store.approvals.give(issue, ['id:23'], start);
  /** A delivery that Kiket signs at a time, and what became of it. */
  const deliver = async (signedAt: Date) => {
    const body = JSON.stringify(moveToDone(77));
    const headers = signedHeaders(secret, body, String(Math.floor(signedAt.getTime() / 1000)));
    const { status } = await request(guardian.handle).post('/webhook').set(headers).send(body);
    await guardian.settle(5_000);
    return status;
  };
  const after = (days: number) => new Date(start.getTime() + days * day);
  const show = (days: number) => void vi.setSystemTime(after(days));
  return { guardian, deliver, after, show, open: async () => (await store.approvals.list(issue)).length };
}

describe.each([
  ['SQLite', () => `file:${join(temporaryFolder(), 'guardian.db')}`],
  ['PostgreSQL', async () => (await createPostgresDatabase()).url],
])('what is older than RETENTION_DAYS, over %s', (_name, createUrl) => {
  test.each([40, 3_650, -40])('does not go by a clock that is wrong by %i days', async (days) => {
    const { guardian, deliver, after, show, open } = await openWithApproval(await createUrl());
    show(days);
    await guardian.prune();
    expect(await open()).toBe(1);
    // Whatever Kiket signs today is refused by such a clock, so that it gets no proof either.
    expect(await deliver(after(0))).toBe(401);
    await guardian.prune();
    expect(await open()).toBe(1);
  });

  test.each([
    [29, 1],
    [31, 0],
  ])('is decided by what Kiket has delivered: after %i days there is %i left', async (days, left) => {
    const { guardian, deliver, after, show, open } = await openWithApproval(await createUrl());
    show(days);
    expect(await deliver(after(days))).toBe(200);
    await guardian.prune();
    expect(await open()).toBe(left);
  });

  test('is decided by the earlier of clock and deliveries', async () => {
    const { guardian, deliver, after, show, open } = await openWithApproval(await createUrl());
    show(31);
    expect(await deliver(after(31))).toBe(200);
    show(0);
    await guardian.prune();
    expect(await open()).toBe(1);
  });
});
