import { createHmac } from 'node:crypto';

/** One POST, signed. */
export interface Shot {
  body: string;
  headers: Record<string, string>;
}

/** Which move the delivery asks about: one that no guard needs the store for, or one into a protected status. */
export type Move = 'routine' | 'protected';

/** A body of 1.2 KB, as Kiket's delivery contract has it. Each index is another issue and another delivery. */
export function transitionBody(move: Move, index = 0): string {
  const issue = 4_000_000 + index;
  return JSON.stringify({
    id: `evt_${issue}`,
    event: 'workflow.before_transition',
    event_type: 'before_transition',
    event_version: 'v1',
    occurred_at: new Date().toISOString(),
    organization_id: 3,
    project_id: 7,
    issue: {
      id: issue,
      key: `ORD-${issue}`,
      title: 'Orders with a voucher are charged twice when the payment page is opened in two tabs',
      status: 'in_progress',
      priority: 'high',
      assignee_id: 23,
      project_id: 7,
      organization_id: 3,
      labels: ['payments', 'regression', 'customer-visible'],
      description:
        'A customer who opens the payment page twice and confirms both tabs within a minute is charged twice. The second ' +
        'charge is refunded by night, but until then the money is gone, and support gets about four calls a day about it.',
    },
    transition: {
      from: 'in_progress',
      to: move === 'routine' ? 'review' : 'done',
      performed_by: { id: 19, email: 'mira@example.com', name: 'Mira Novak' },
    },
    workflow: { id: 12, key: 'delivery', version: 4 },
    authentication: {
      token_type: 'runtime',
      runtime_token: 'rt_only_for_the_bench_and_of_no_use_anywhere_else',
      expires_at: new Date(Date.now() + 900_000).toISOString(),
      scopes: ['issues:read', 'workflows:read'],
    },
    api: { base_url: 'https://kiket.dev', runtime_header: 'X-Kiket-Runtime-Token' },
  });
}

/** Signs a body with the current time: valid for five minutes. It also signs for GitHub's and Slack's receivers, so that all get the same. */
export function sign(body: string, secret: string): Shot {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const hmac = (text: string) => createHmac('sha256', secret).update(text).digest('hex');
  return {
    body,
    headers: {
      'Content-Type': 'application/json',
      'X-Kiket-Timestamp': timestamp,
      'X-Kiket-Signature': hmac(`${timestamp}.${body}`),
      'X-Kiket-Event': 'workflow.before_transition',
      'X-Kiket-Event-Version': 'v1',
      'X-GitHub-Delivery': timestamp,
      'X-GitHub-Event': 'issues',
      'X-Hub-Signature-256': `sha256=${hmac(body)}`,
      'X-Slack-Request-Timestamp': timestamp,
      'X-Slack-Signature': `v0=${hmac(`v0:${timestamp}:${body}`)}`,
    },
  };
}
