import request from 'supertest';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openMemoryStore } from '../support/memoryStore.ts';
import { createGuardian, noon } from '../support/guardian.ts';

const move = {
  event: 'workflow.before_transition',
  id: 'evt_1',
  issue: { id: 42, key: 'ORD-42', assignee_id: 19, project_id: 7, organization_id: 3 },
  transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
};

describe.each(['/health', '/healthz'])('GET %s', (path) => {
  test('shows everything that Kiket and its SDKs look for', async () => {
    const { app } = await createGuardian();
    const response = await request(app).get(path);
    expect([response.status, response.body]).toEqual([
      200,
      {
        status: 'ok',
        version: '1.0.0',
        timestamp: noon.toISOString(),
        extension_id: 'com.example.fixture',
        extension_version: '1.0.0',
        registered_events: [
          'workflow.before_transition',
          'workflow.after_transition',
          'issue.transitioned',
          'issue.created',
          'issue.updated',
          'guardian.approve_transition',
          'guardian.override_transition',
          'guardian.revoke_approval',
          'guardian.explain_transition',
          'guardian.guardian_report',
        ],
      },
    ]);
  });
});

/** Lets a second pass whenever a test asks for it, by the clock that nobody sets. */
function passSeconds(): () => void {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  return () => void vi.advanceTimersByTime(1_000);
}

describe('GET /readyz', () => {
  test('is ready while the store answers, which is asked once a second, however many ask and whatever is done to the clock on the wall', async () => {
    const passSecond = passSeconds();
    const store = await openMemoryStore();
    let pings = 0;
    const ping = async () => {
      pings += 1;
      if (pings === 2 || pings === 3) throw new Error('full');
    };
    const { app, setNow, logged } = await createGuardian({ store: { ...store, ping } });
    const ask = async () => (await request(app).get('/readyz')).status;
    expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array.from({ length: 20 }, () => 200));
    setNow(new Date('2036-01-01'));
    expect([await ask(), pings]).toEqual([200, 1]);
    setNow(new Date('2016-01-01'));
    passSecond();
    expect([await ask(), await ask()]).toEqual([503, 503]);
    passSecond();
    expect((await request(app).get('/readyz')).body).toMatchObject({ error: { code: 'not_ready' } });
    passSecond();
    expect([await ask(), pings]).toEqual([200, 4]);
    expect(logged().map(({ msg }) => msg)).toEqual(['the store is unavailable', 'the store is available again']);
  });
});

describe('GET /metrics', () => {
  test('counts deliveries, decisions, redeliveries and time', async () => {
    const guardian = await createGuardian();
    await guardian.deliver(move);
    await guardian.deliver(move);
    await guardian.deliver({ event: 'made.up.by.somebody' });
    await request(guardian.app).post('/webhook');
    await guardian.store.settle();
    const { text, type } = await request(guardian.app).get('/metrics');
    expect(type).toBe('text/plain');
    for (const line of [
      'kiket_deliveries_total{event="workflow.before_transition",outcome="pending"} 2',
      'kiket_deliveries_total{event="other",outcome="ignored"} 1',
      'kiket_deliveries_total{event="other",outcome="content_type_unsupported"} 1',
      'kiket_decisions_total{status="pending",failure="none"} 2',
      'kiket_delivery_duration_seconds_count{event="workflow.before_transition"} 2',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).not.toContain('made.up');
  });

  test('are made once a second, however many ask', async () => {
    const passSecond = passSeconds();
    const { app, dependencies } = await createGuardian();
    const made = vi.spyOn(dependencies.metrics.registry, 'metrics');
    const ask = async () => (await request(app).get('/metrics')).text;
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, ask));
    expect([first, others]).toEqual([expect.stringContaining('kiket_ready 1'), Array(19).fill(first)]);
    expect(made).toHaveBeenCalledTimes(1);
    passSecond();
    await ask();
    expect(made).toHaveBeenCalledTimes(2);
  });

  test('says whether the store can be used', async () => {
    const guardian = await createGuardian();
    expect((await request(guardian.app).get('/metrics')).text).toContain('\nkiket_ready 1\n');
    const ping = async () => Promise.reject(new Error('gone'));
    const { app } = await createGuardian({ store: { ...guardian.store, ping } });
    expect((await request(app).get('/metrics')).text).toContain('\nkiket_ready 0\n');
  });

  test('shows a failure as zero before the first one, so that the first is an increase', async () => {
    const { app } = await createGuardian();
    const { text } = await request(app).get('/metrics');
    for (const status of ['allow', 'deny']) {
      expect(text).toContain(`kiket_decisions_total{status="${status}",failure="store_unavailable"} 0\n`);
    }
  });
});

describe('the log', () => {
  test('has one line for a delivery, with who, what and how long, and no secret', async () => {
    const guardian = await createGuardian();
    await guardian.deliver({
      ...move,
      authentication: { runtime_token: 'rt_example', expires_at: '2026-03-02T12:15:00Z', scopes: [] },
      secrets: { CHECKS_API_TOKEN: 'very-secret-value' },
    });
    expect(guardian.logged()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-/) as string,
        msg: 'delivery',
        deliveryId: 'evt_1',
        event: 'workflow.before_transition',
        organization: '3',
        issue: 'ORD-42',
        outcome: 'pending',
        httpStatus: 200,
        milliseconds: expect.any(Number) as number,
      },
    ]);
    for (const hidden of ['rt_example', 'very-secret-value', 'mira@example.com']) {
      expect(guardian.logText()).not.toContain(hidden);
    }
  });
});
