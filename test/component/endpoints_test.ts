import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { openMemoryStore } from '../support/context.ts';
import { createGuardian, noon } from '../support/guardian.ts';

const move = {
  event: 'workflow.before_transition',
  id: 'evt_1',
  issue: { id: 42, key: 'ORD-42', assignee_id: 19, project_id: 7, organization_id: 3 },
  transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
};

describe.each(['/health', '/healthz'])('GET %s', (path) => {
  test('tells everything that Kiket and its SDKs look for', async () => {
    const { app } = await createGuardian();
    const response = await request(app).get(path);
    expect([response.status, response.body]).toEqual([
      200,
      {
        status: 'ok',
        version: '1.0.0',
        timestamp: noon.toISOString(),
        extension_id: 'com.example.webhook-guardian',
        extension_version: '1.0.0',
        registered_events: [
          'workflow.before_transition',
          'workflow.after_transition',
          'issue.transitioned',
          'issue.created',
          'guardian.approve_transition',
          'guardian.revoke_approval',
          'guardian.explain_transition',
          'guardian.guardian_report',
        ],
      },
    ]);
  });
});

describe('GET /readyz', () => {
  const later = (seconds: number) => new Date(noon.getTime() + seconds * 1000);

  test('is ready while the store answers, and not when it does not; the log is told once', async () => {
    const { app, store, setNow, logged } = await createGuardian();
    const ready = await request(app).get('/readyz');
    await store.close();
    setNow(later(1));
    const unready = await request(app).get('/readyz');
    setNow(later(2));
    await request(app).get('/readyz');
    expect([ready.status, ready.body]).toEqual([200, { status: 'ready' }]);
    expect([unready.status, unready.body]).toMatchObject([503, { error: { code: 'not_ready' } }]);
    expect(logged()).toMatchObject([{ level: 'error', msg: 'the store cannot be used' }]);
  });

  test('asks the store once a second, however many ask', async () => {
    const store = await openMemoryStore();
    const pings: Date[] = [];
    const ping = async (now: Date) => {
      pings.push(now);
      if (pings.length === 2) throw new Error('full');
    };
    const { app, setNow, logged } = await createGuardian({ store: { ...store, ping } });
    const ask = async () => (await request(app).get('/readyz')).status;
    expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array.from({ length: 20 }, () => 200));
    setNow(later(1));
    expect([await ask(), await ask()]).toEqual([503, 503]);
    setNow(later(2));
    expect(await ask()).toBe(200);
    expect(pings).toEqual([noon, later(1), later(2)]);
    expect(logged().map(({ msg }) => msg)).toEqual(['the store cannot be used', 'the store can be used again']);
  });
});

describe('GET /metrics', () => {
  test('counts deliveries, decisions, redeliveries and time', async () => {
    const guardian = await createGuardian();
    await guardian.deliver(move);
    await guardian.deliver(move);
    await guardian.deliver({ event: 'made.up.by.somebody' });
    await request(guardian.app).post('/webhook');
    await expect
      .poll(async () => (await request(guardian.app).get('/metrics')).text)
      .toContain('guardian_redeliveries_total 1');
    const { text, type } = await request(guardian.app).get('/metrics');
    expect(type).toBe('text/plain');
    for (const line of [
      'guardian_deliveries_total{event="workflow.before_transition",outcome="pending"} 2',
      'guardian_deliveries_total{event="other",outcome="ignored"} 1',
      'guardian_deliveries_total{event="other",outcome="content_type_unsupported"} 1',
      'guardian_decisions_total{status="pending",failure="none"} 2',
      'guardian_delivery_duration_seconds_count{event="workflow.before_transition"} 2',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).not.toContain('made.up');
  });

  test('says whether the store can be used', async () => {
    const guardian = await createGuardian();
    expect((await request(guardian.app).get('/metrics')).text).toContain('\nguardian_ready 1\n');
    const ping = async () => Promise.reject(new Error('gone'));
    const { app } = await createGuardian({ store: { ...guardian.store, ping } });
    expect((await request(app).get('/metrics')).text).toContain('\nguardian_ready 0\n');
  });

  test('shows a failure as zero before the first one, so that the first is an increase', async () => {
    const { app } = await createGuardian();
    const { text } = await request(app).get('/metrics');
    for (const status of ['allow', 'deny']) {
      expect(text).toContain(`guardian_decisions_total{status="${status}",failure="store_unavailable"} 0\n`);
    }
  });

  test('wants the token when there is one', async () => {
    const { app } = await createGuardian({ metricsToken: 'for Prometheus' });
    const response = await request(app).get('/metrics').set('Authorization', 'Bearer for Prometheus');
    expect(response.status).toBe(200);
  });
});

describe('every answer', () => {
  test('carries the headers that protect a browser, and not who made it', async () => {
    const guardian = await createGuardian();
    const answers = [
      await request(guardian.app).get('/health'),
      await request(guardian.app).get('/metrics'),
      await request(guardian.app).get('/nowhere'),
      await guardian.deliver(move),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'self'") as string,
        'x-content-type-options': 'nosniff',
        'strict-transport-security': expect.stringContaining('max-age=') as string,
      });
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });
});

describe('the log', () => {
  test('has one line for a delivery, with who, what and how long, and nothing secret', async () => {
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
