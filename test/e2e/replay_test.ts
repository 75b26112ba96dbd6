import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { secret } from '../support/guardian.ts';
import { run } from '../support/processes.ts';

/** What `npm run replay -- …` runs, without npm's own time. */
function replay(...options: string[]) {
  return run(process.execPath, ['--import', 'tsx', 'scripts/replay.ts', ...options]);
}

describe('replay', () => {
  test('passes against a server of its own', async () => {
    const { code, stdout } = await replay();
    expect(stdout).toMatch(/\n\d+ passed, 0 failed\n$/);
    expect(stdout).not.toContain('\u001B');
    expect(code).toBe(0);
  });

  test('passes against a running server with the command that the server prints, and does so again', async () => {
    const server = await startBuilt({ KIKET_WEBHOOK_SECRET: '' });
    const [, printed = ''] = await server.waitFor(/npm run replay -- (--url .+)\n/);
    const options = printed.replace('localhost', '127.0.0.1').split(' ');
    for (let time = 0; time < 2; time += 1) {
      const { code, stdout } = await replay(...options);
      expect(stdout).toMatch(/\nLeft out: 2 steps [^\n]+\n\n\d+ passed, 0 failed\n$/);
      expect(code).toBe(0);
    }
  });

  test('shows what differs and fails', async () => {
    const server = await startBuilt({ KIKET_SETTING_REQUIRED_APPROVALS: '2' });
    const { code, stdout } = await run('npm', [
      'run',
      '--silent',
      'replay',
      '--',
      '--url',
      server.url,
      '--secret',
      secret,
    ]);
    expect(stdout).toContain('-       "approvals_needed": 1,\n+       "approvals_needed": 2,');
    expect(stdout).toMatch(/\n\d+ passed, [1-9]\d* failed\n$/);
    expect(code).toBe(1);
  });

  test('prints results for machines', async () => {
    const { code, stdout } = await replay('--json');
    const { passed, failed, results } = JSON.parse(stdout) as { passed: number; failed: number; results: unknown[] };
    expect([code, failed, passed]).toEqual([0, 0, results.length]);
  });

  test('sends one payload byte for byte', async () => {
    const received: string[] = [];
    const kiket = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => void received.push(chunk));
      request.on('end', () => response.end('{"status":"allow"}'));
    });
    await new Promise<void>((resolve) => {
      kiket.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void kiket.close());
    const url = `http://127.0.0.1:${(kiket.address() as AddressInfo).port}`;
    const options = ['--payload', 'replay/before_transition.json', '--url', url, '--secret', secret];
    const { code, stdout } = await replay(...options);
    expect(received.join('')).toBe(readFileSync('replay/before_transition.json', 'utf8'));
    expect([code, stdout]).toEqual([0, 'HTTP 200\n{\n  "status": "allow"\n}\n']);
  });

  test('explains a wrong command', async () => {
    const wrong: [string[], RegExp][] = [
      [['--urll', 'x'], /Unknown option '--urll'/],
      [['--payload', 'replay/before_transition.json'], /A running server needs --secret/],
      [['--url', 'http://127.0.0.1:1'], /A running server needs --secret/],
      [['--url', 'webhook', '--secret', 'x'], /--url webhook is no URL/],
    ];
    const finished = await Promise.all(wrong.map(([options]) => replay(...options)));
    for (const [index, { code, stderr }] of finished.entries()) {
      expect(stderr).toMatch(wrong[index]?.[1] ?? /^$/);
      expect(code).toBe(2);
    }
  });

  test('helps', async () => {
    const { code, stdout } = await replay('--help');
    expect(stdout).toContain('npm run replay -- --url URL');
    expect(code).toBe(0);
  });

  test('stops at the first 401 and shows why', async () => {
    const server = await startBuilt();
    const { code, stdout, stderr } = await replay('--url', server.url, '--secret', 'another one');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^http:\S+ answers 401, so nothing else was sent: .*signature_mismatch.*\n$/);
  });

  test('explains that nobody listens', async () => {
    const options = ['--url', 'http://127.0.0.1:1/webhook', '--secret', secret];
    const { code, stderr } = await replay(...options);
    expect(stderr).toMatch(
      /^http:\/\/127\.0\.0\.1:1\/webhook does not answer \(.+\)\. Is the server running there\?\n$/,
    );
    expect(code).toBe(1);
  });
});
