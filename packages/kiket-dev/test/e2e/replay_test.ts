import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../../src/replay/replay.ts';
import { linkProject, projectRoot, temporaryFolder } from '../support/folders.ts';
import { runHere } from '../support/commands.ts';
import { listen } from '../support/listen.ts';
import { testSecret as secret } from 'kiket-express/testing';
import { serveApp } from '../support/app.ts';

/** `kiket-dev replay …`, away from anybody's `.env`. */
function replay(...options: string[]) {
  return runHere(main, options, { cwd: linkProject() });
}

/** A guardian that runs already. Returns where it takes deliveries. */
async function serve(settings: Record<string, string> = {}): Promise<string> {
  const { port } = await serveApp(settings);
  return `http://127.0.0.1:${port}/webhook`;
}

describe('replay', () => {
  test('passes against a server of its own, and prints results for people or machines', async () => {
    const { code, stdout } = await replay();
    const [, passed] = /\n(\d+) passed, 0 failed\n$/.exec(stdout) ?? [];
    expect([code, Number(passed)]).toEqual([0, expect.any(Number)]);
    const json = await replay('--json');
    const report = JSON.parse(json.stdout) as { passed: number; failed: number; results: unknown[] };
    expect([json.code, report.failed, report.passed, report.results.length]).toEqual([
      0,
      0,
      Number(passed),
      Number(passed),
    ]);
  });

  test('passes against a running server, and does so again', async () => {
    const options = ['--url', await serve(), '--secret', secret];
    for (let time = 0; time < 2; time += 1) {
      const { code, stdout } = await replay(...options);
      expect(stdout).toMatch(/\nSkipped: \d+ steps [^\n]+\n\n\d+ passed, 0 failed\n$/);
      expect(code).toBe(0);
    }
  });

  test('takes the secret from the environment, or from .env in its folder', async () => {
    const [url, cwd] = [await serve(), temporaryFolder()];
    const options = ['--url', url, '--payload', join(projectRoot, 'replay', 'before_transition.json')];
    const answered = { code: 0, stdout: expect.stringMatching(/^HTTP 200\n/) as string, stderr: '' };
    expect(await runHere(main, options, { cwd, env: { KIKET_WEBHOOK_SECRET: secret } })).toEqual(answered);
    writeFileSync(join(cwd, '.env'), `KIKET_WEBHOOK_SECRET=${secret}\n`);
    expect(await runHere(main, options, { cwd, env: {} })).toEqual(answered);
  });

  test('shows what differs and fails', async () => {
    const url = await serve({ KIKET_SETTING_REQUIRED_APPROVALS: '2' });
    const { code, stdout } = await replay('--url', url, '--secret', secret);
    for (const line of [/^- +approvals_needed: 1,$/m, /^\+ +approvals_needed: 2,$/m]) expect(stdout).toMatch(line);
    expect(stdout).toMatch(/\n\d+ passed, [1-9]\d* failed\n$/);
    expect(code).toBe(1);
  });

  test('shows why a guard failed', async () => {
    const folder = temporaryFolder();
    const issue = { id: 1, key: 'ORD-1', status: 'review', project_id: 7, organization_id: 3 };
    const move = { event: 'workflow.before_transition', issue, transition: { from: 'review', to: 'done' } };
    const step = { send: 'move.json', answer: { status: 'deny' } };
    const settings = { required_fields: 'budget', required_approvals: 0 };
    writeFileSync(join(folder, 'move.json'), JSON.stringify(move));
    writeFileSync(join(folder, 'scenario.yaml'), JSON.stringify([{ part: 'Fields', settings, steps: [step] }]));
    const { code, stdout } = await replay('--scenario', join(folder, 'scenario.yaml'));
    expect([code, stdout]).toEqual([1, expect.stringMatching(/\n.*DeliveryError: .*The field is budget\.\n +at /)]);
  });

  test('sends one payload byte for byte', async () => {
    const received: string[] = [];
    const url = await listen((request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => void received.push(chunk));
      request.on('end', () => response.end('{"status":"allow"}'));
    });
    const options = ['--payload', 'replay/before_transition.json', '--url', url, '--secret', secret];
    const { code, stdout } = await runHere(main, options, { cwd: projectRoot });
    expect(received.join('')).toBe(readFileSync(join(projectRoot, 'replay', 'before_transition.json'), 'utf8'));
    expect([code, stdout]).toEqual([0, 'HTTP 200\n{\n  "status": "allow"\n}\n']);
  });

  test.each<[string[], RegExp]>([
    [['--urll', 'x'], /Unknown option '--urll'/],
    [['--payload', 'replay/before_transition.json'], /A running server requires --secret/],
    [['--url', 'http://127.0.0.1:1'], /A running server requires --secret/],
    [['--url', 'webhook', '--secret', 'x'], /Invalid --url webhook/],
  ])('explains what is wrong with %j', async (options, why) => {
    const { code, stderr } = await replay(...options);
    expect([code, stderr]).toEqual([2, expect.stringMatching(why)]);
  });

  test('stops at the first 401 and shows why', async () => {
    const { code, stdout, stderr } = await replay('--url', await serve(), '--secret', 'another one');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^http:\S+ answered 401, so replay stopped: .*signature_mismatch.*\n$/);
  });

  test('explains that nobody listens', async () => {
    const options = ['--url', 'http://127.0.0.1:1/webhook', '--secret', secret];
    const { code, stderr } = await replay(...options);
    expect(stderr).toMatch(
      /^http:\/\/127\.0\.0\.1:1\/webhook doesn't answer \(.+\)\. Check that the server is running\.\n$/,
    );
    expect(code).toBe(1);
  });
});
