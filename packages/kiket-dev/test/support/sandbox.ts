import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { serveApp } from './app.ts';
import { projectRoot, temporaryFolder } from './folders.ts';
import { listen } from './listen.ts';

export const [mira, noor] = ['mira@example.com', 'noor@example.com'];

/**
 * The guardian as it is shipped, and a sandbox around it, over real HTTP. Both end with the test.
 *
 * @param destination where the guardian's log goes, if `LOG_LEVEL` lets it say something
 */
export async function startGuarded(
  options: Partial<SandboxOptions> = {},
  settings: Record<string, string> = {},
  destination?: { write: (line: string) => void },
) {
  const sandbox = await openSandbox({ retryDelaysMs: [0, 0], ...options });
  const { port } = await serveApp(
    {
      ...settings,
      KIKET_BASE_URL: sandbox.url,
      KIKET_SDK_TELEMETRY_OPTOUT: undefined,
      KIKET_WEBHOOK_SECRET: sandbox.secret,
    },
    { clock: options.clock, destination },
  );
  sandbox.connect(`http://127.0.0.1:${port}/webhook`);
  return sandbox;
}

/** A sandbox for this repository's extension; it ends with the test. */
export async function openSandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await createSandbox({ root: projectRoot, ...options });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** What a stub was sent. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  body: {
    id: string;
    event: string;
    action_key?: string;
    issue: Record<string, unknown>;
    authentication: { runtime_token: string; scopes: string[]; expires_at: string };
  } & Record<string, unknown>;
}

/** An answer of a stub: a status and a body, or a function that does what it likes. */
export type StubAnswer = [number, unknown] | ((response: ServerResponse) => void);

/** An extension that answers whatever a test wants, and a sandbox around it. */
export async function startStubbed(answer: (received: Received) => StubAnswer, options: Partial<SandboxOptions> = {}) {
  const received: Received[] = [];
  const url = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const delivery = {
        path: request.url ?? '',
        headers: request.headers,
        text,
        body: JSON.parse(text || '{}') as Received['body'],
      };
      received.push(delivery);
      const answered = answer(delivery);
      if (typeof answered === 'function') return answered(response);
      const [status, body] = answered;
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  const sandbox = await openSandbox({ retryDelaysMs: [0, 0], root: rootWith({}), ...options });
  sandbox.connect(`${url}/webhook`);
  return { sandbox, received, url: `${url}/webhook` };
}

/**
 * A folder with this project's manifest, changed: by default its guard is required and it keeps custom data.
 *
 * @param timeout how long Kiket waits for an answer, in milliseconds
 */
export function rootWith(changes: Record<string, unknown>, timeout = 10_000): string {
  const whole = parse(readFileSync(join(projectRoot, '.kiket', 'manifest.yaml'), 'utf8')) as { extension: object };
  const root = temporaryFolder();
  const extension = {
    ...whole.extension,
    callback: { url: '${EXTENSION_BASE_URL}', secret: 'env.KIKET_WEBHOOK_SECRET', timeout },
    permissions: ['issues:read', 'issues:write', 'comments:read', 'comments:write'],
    hooks: [
      { event: 'workflow.before_transition', required: true, timeout },
      { event: 'workflow.after_transition' },
      { event: 'issue.created' },
    ],
    custom_data: { permissions: [{ module: 'com.example.log', operations: ['read', 'write'] }] },
    ...changes,
  };
  mkdirSync(join(root, '.kiket'));
  writeFileSync(join(root, '.kiket', 'manifest.yaml'), stringify({ model_version: '1.0', extension }));
  return root;
}

/** The status of an issue on the board, and the status it waits to go to. */
export async function whereIs(sandbox: Sandbox, key: string) {
  const { issues } = await sandbox.board();
  const issue = issues.find((each) => each.key === key);
  return { status: issue?.status, waits: issue?.waiting?.to ?? null };
}

/** A runtime token as a delivery brings it: for the project of the issue. */
export async function tokenFor(sandbox: Sandbox, issue = 'ORD-42'): Promise<string> {
  const { delivery } = await sandbox.act('explain_transition', { issue });
  const [attempt] = (await sandbox.delivery(delivery)).attempts;
  return (JSON.parse(attempt?.body ?? '') as Received['body']).authentication.runtime_token;
}
