import { randomInt } from 'node:crypto';
import { createServer } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { startBuilt, temporaryFolder } from '../support/builtServer.ts';
import { secret } from '../support/guardian.ts';
import { run, start } from '../support/processes.ts';

// Each command is a process or two of its own.
vi.setConfig({ testTimeout: 30_000 });

const cli = ['--import', 'tsx', 'sandbox/index.ts'];

/** A port that nobody listens on, out of the range from which systems give ports to others meanwhile. */
async function freePort(): Promise<string> {
  const port = randomInt(10_000, 30_000);
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!isFree) return freePort();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return String(port);
}

/** The sandbox's command, with a port and a folder of its own. */
async function openCommand() {
  const options = ['--port', await freePort(), '--data', temporaryFolder()];
  const command = (...words: string[]) => run(process.execPath, [...cli, ...words, ...options]);
  const json = async (...words: string[]) => JSON.parse((await command(...words, '--json')).stdout) as unknown;
  return { options, command, json };
}

describe('npm run sandbox -- story', () => {
  test('tells how an issue gets done', async () => {
    const { code, stdout, stderr } = await run('npm', ['run', '--silent', 'sandbox', '--', 'story'], {
      // What somebody has set for themselves does not change the story.
      env: { KIKET_SETTING_REQUIRED_APPROVALS: '2', KIKET_SETTING_REQUIRED_FIELDS: 'due_date' },
    });
    expect(stdout).toMatch(
      /^How ORD-42 gets done\n\n✓ {2}1\. Mira moves ORD-42 to done {2}deny\n {6}Fill in assignee_id/,
    );
    const statuses = [...stdout.matchAll(/^(.) +\d+\. .*? {2,}([a-z ]+)$/gm)].map(([, mark, status]) => [mark, status]);
    expect(statuses).toEqual([
      ['✓', 'deny'],
      ['✓', 'saved'],
      ['✓', 'pending'],
      ['✓', 'success'],
      ['✓', 'allow'],
      ['✓', 'done'],
      ['✓', 'delivered'],
      ['✓', 'once'],
      ['✓', 'once'],
    ]);
    expect(stdout).toMatch(/\nEverything went as told\.\n$/);
    expect(stdout).not.toContain('\u001B');
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('Error')]);
  });

  test('is there for machines too', async () => {
    const { code, stdout } = await run(process.execPath, [...cli, 'story', '--json']);
    const told = JSON.parse(stdout) as { expected: string; status: string }[];
    expect([code, told.length]).toEqual([0, expect.any(Number)]);
    expect(told.map(({ status }) => status)).toEqual(told.map(({ expected }) => expected));
  });
});

describe('a command', () => {
  test('starts everything for itself, and the next one finds what it did', async () => {
    const { command, json } = await openCommand();
    const denied = await command('transition', 'ORD-42', 'done', '--as', 'mira@example.com');
    expect(denied).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^deny {2}ORD-42 stays in review\nFill in assignee_id before/) as string,
      stderr: 'No sandbox is running, so one runs for this command. Keep one with: npm run sandbox\n',
    });
    expect(await json('deliveries')).toMatchObject([{ event: 'workflow.before_transition', state: 'delivered' }]);
  });

  test('ends when what it caused has been delivered', async () => {
    const { command, json } = await openCommand();
    await command('transition', 'ORD-42', 'backlog', '--as', 'mira@example.com');
    const [after] = (await json('deliveries')) as { event: string; state: string; attempts: unknown[] }[];
    expect([after?.event, after?.state, after?.attempts.length]).toEqual(['workflow.after_transition', 'delivered', 1]);
  });
});

describe('a running sandbox', () => {
  async function startSandbox(...more: string[]) {
    const { options, command, json } = await openCommand();
    const sandbox = start(process.execPath, [...cli, ...options, ...more]);
    await sandbox.waitFor(/Deliveries, as they are made/);
    return { sandbox, command, json };
  }

  test('is what commands talk to', async () => {
    const { sandbox, command, json } = await startSandbox();
    const issues = await command('issues');
    expect(issues.stdout).toMatch(/ORD-42 +review +Ship the invoice export\n/);
    const moved = await command('transition', 'ORD-43', 'done', '--as', 'mira@example.com');
    expect([moved.code, moved.stderr, moved.stdout]).toEqual([0, '', expect.stringMatching(/^pending {2}ORD-43/)]);
    await sandbox.waitFor(/ {2}workflow\.before_transition {2}HTTP 200 pending/);

    const approved = await command('act', 'approve_transition', 'ORD-43', '--as', 'noor@example.com');
    expect(approved.stdout).toBe(
      'success  You approved ORD-43: 1 of 1 approvals given.\nallow  ORD-43 moved to done\n',
    );
    const assigned = await command('set', 'ORD-42', 'assignee_id=19', '--as', 'mira@example.com');
    expect(assigned.stdout).toBe('ORD-42 has assignee_id=19 now.\n');
    await command('transition', 'ORD-42', 'done', '--as', 'mira@example.com');

    const [{ id } = { id: '' }] = (await json('deliveries')) as { id: string }[];
    const shown = await command('deliveries', id);
    expect(shown.stdout).toMatch(
      /X-Kiket-Signature: [0-9a-f]{64}\n[^]*"event": "workflow\.before_transition"[^]*HTTP 200 after/,
    );
    expect((await command('redeliver', id)).stdout).toMatch(/delivered +2 +200 +pending/);
    expect((await command('fault', 'latency', '20')).stdout).toMatch(/latency +20 +how long/);
    expect(await json('fault', 'drop', 'on')).toMatchObject({ latency: 20, drop: true });
    expect(await json('fault', 'off')).toMatchObject({ latency: 0, drop: false });
    expect((await command('reset')).stdout).toMatch(/^The story begins anew\.\n/);
    expect((await command('deliveries')).stdout).toBe('Nothing has been delivered yet.\n');

    sandbox.child.kill('SIGINT');
    expect((await sandbox.finished).code).toBe(0);
  });

  test('calls a guardian that runs already', async () => {
    const guardian = await startBuilt();
    const { command } = await startSandbox('--guardian', `${guardian.url}/webhook`, '--secret', secret);
    const { stdout } = await command('act', 'guardian_report', '--project', 'ORD', '--as', 'mira@example.com');
    expect(stdout).toBe('success  Last 7 days: 0 allowed, 0 pending, 0 denied.\n');
  });

  test('says so when the port is taken by something else', async () => {
    const guardian = await startBuilt();
    const { port } = new URL(guardian.url);
    const asked = await run(process.execPath, [...cli, 'issues', '--port', port]);
    expect([asked.code, asked.stderr]).toEqual([
      1,
      `What listens on port ${port} is no sandbox. Choose another port with --port.\n`,
    ]);
    const started = await run(process.execPath, [...cli, '--port', port, '--data', temporaryFolder()]);
    expect([started.code, started.stderr]).toEqual([1, `Port ${port} is taken. Choose another one with --port.\n`]);
  });
});

describe('the command line', () => {
  test('explains itself', async () => {
    const { code, stdout } = await run(process.execPath, [...cli, '--help']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('npm run sandbox -- transition ORD-42 done')]);
  });

  test('says what is wrong with a command', async () => {
    const port = await freePort();
    const wrong: [string, string][] = [
      ['dance', 'There is no command dance. There are: story, issues, transition,'],
      ['transition ORD-42', 'Write: npm run sandbox -- transition ISSUE STATUS'],
      ['issues more', 'Write: npm run sandbox -- issues'],
      ['issues --port x', '--port x is no port: write a number from 1 to 65535.'],
      ['issues --nonsense', "Unknown option '--nonsense'"],
      ['issues --guardian http://127.0.0.1:1', 'A guardian that runs already needs --secret'],
      ['issues --guardian x --secret y', '--guardian x is no URL. Write http://localhost:8080/webhook.'],
    ];
    const answers = await Promise.all(
      wrong.map(([words]) => run(process.execPath, [...cli, '--port', port, ...words.split(' ')])),
    );
    for (const [index, { code, stdout, stderr }] of answers.entries()) {
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(wrong[index]?.[1]);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });

  test('says what the sandbox did not do, and why', async () => {
    const { command } = await openCommand();
    const { code, stderr } = await command('transition', 'ORD-42', 'moon');
    expect([code, stderr.trim().split('\n').at(-1)]).toEqual([
      1,
      'ORD-42 is in review and cannot go to moon from there. It can go to: backlog, in_progress, done.',
    ]);
  });
});
