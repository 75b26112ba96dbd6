import { randomUUID } from 'node:crypto';
import { signedHeaders, testSecret } from 'kiket-express/testing';

/** Mira asks to move an issue into a protected status: pending until somebody else approves. */
export function moveToDone(issueId = 42) {
  return {
    id: `evt_${randomUUID()}`,
    event: 'workflow.before_transition',
    issue: { id: issueId, project_id: 7, organization_id: 3, assignee_id: 19 },
    transition: { from: 'review', to: 'done', performed_by: { id: 19, email: 'mira@example.com' } },
  };
}

/** Noor presses a button on an issue. Each call is another press. */
export function press(actionKey: string, issueId = 42) {
  return {
    action_key: actionKey,
    organization_id: 3,
    authentication: { runtime_token: `rt_${randomUUID()}` },
    context: { project: { id: 7 }, issue: { id: issueId }, user: { id: 23, email: 'noor@example.com' } },
  };
}

/** Signs a delivery with the time that it is, posts it over HTTP and reads the answer. */
export async function deliver(url: string, payload: unknown, secret = testSecret) {
  const body = JSON.stringify(payload);
  const response = await fetch(`${url}/webhook`, { method: 'POST', headers: signedHeaders(secret, body), body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
