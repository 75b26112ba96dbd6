import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { startBuilt, temporaryFolder } from '../support/builtServer.ts';
import { copyRepository, rewrite } from '../support/checkout.ts';
import { secret } from '../support/guardian.ts';
import { freePort, run, start } from '../support/processes.ts';

// Each command is a process or two of its own.
vi.setConfig({ testTimeout: 60_000 });

const cli = ['--import', 'tsx', 'sandbox/index.ts'];

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
      env: {
        KIKET_SETTING_REQUIRED_APPROVALS: '2',
        KIKET_SETTING_REQUIRED_FIELDS: 'due_date',
        KIKET_SETTING_CHECKS_URL: 'http://127.0.0.1:1/{issue}',
        KIKET_SECRET_CHECKS_API_TOKEN: 'x',
        KIKET_SDK_TELEMETRY_URL: 'nonsense',
      },
    });
    expect(stdout).toMatch(
      /^How ORD-42 gets done\n\n✓ {2}1\. Mira moves ORD-42 to done {2}deny\n {6}Fill in assignee_id/,
    );
    const statuses = [...stdout.matchAll(/^(.) +\d+\. .*? {2,}([a-z, ]+)$/gm)].map(([, mark, status]) => [
      mark,
      status,
    ]);
    expect(statuses).toEqual([
      ['✓', 'deny'],
      ['✓', 'saved'],
      ['✓', 'pending'],
      ['✓', 'success'],
      ['✓', 'allow'],
      ['✓', 'done'],
      ['✓', 'delivered'],
      ['✓', 'once'],
      ['✓', 'deny, pending, allow'],
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

/** The guardian that a sandbox has started, by its process id. */
async function guardianOf({ child }: ReturnType<typeof start>): Promise<number> {
  const { stdout } = await run('pgrep', ['-P', String(child.pid), '-f', 'src/index.ts']);
  expect(stdout).toMatch(/^\d+\n$/);
  return Number(stdout);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const eventually = { timeout: 10_000, interval: 50 };

describe('no guardian is left behind', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('by a story that ends with %s', async (signal) => {
    const story = start(process.execPath, [...cli, 'story']);
    const guardian = await vi.waitFor(() => guardianOf(story), eventually);
    story.child.kill(signal);
    const { code, stderr } = await story.finished;
    expect([code, stderr]).toEqual(signal === 'SIGKILL' ? [null, ''] : [1, 'Interrupted.\n']);
    await vi.waitFor(() => expect(isAlive(guardian)).toBe(false), eventually);
  });
});

describe('npm run sandbox', () => {
  const options = async () => ['--port', await freePort(), '--data', temporaryFolder()];

  test('shows a page', async () => {
    const command = ['npm run sandbox', '--', ...(await options())].join(' ');
    const { waitFor } = start('sh', ['-c', command], { ownGroup: true });
    const [, url = ''] = await waitFor(/in a browser: (\S+)/);
    expect(await (await fetch(url)).text()).toContain('</html>');
    await waitFor(new RegExp(`npm run sandbox -- issues --port ${new URL(url).port}\n`));
  });

  test('begins anew', async () => {
    const command = ['npm run sandbox -- reset', ...(await options())].join(' ');
    const { code, stdout } = await run('sh', ['-c', command]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/begins anew[^]*ORD-42 +review/)]);
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
    await command('fault', 'latency', '500');
    await command('transition', 'ORD-42', 'backlog', '--as', 'mira@example.com');
    const [after] = (await json('deliveries')) as { event: string; attempts: { status: number }[] }[];
    expect([after?.event, after?.attempts.map(({ status }) => status)]).toEqual(['workflow.after_transition', [200]]);
  });
});

describe('a running sandbox', () => {
  async function startSandbox(...more: string[]) {
    const { options, command, json } = await openCommand();
    const sandbox = start(process.execPath, [...cli, ...options, ...more]);
    await sandbox.waitFor(/Deliveries, as they are made|"guardian":/);
    return { sandbox, command, json, options };
  }

  test('ends with its guardian, and says so', async () => {
    const { sandbox } = await startSandbox();
    process.kill(await guardianOf(sandbox), 'SIGKILL');
    const { code, stderr } = await sandbox.finished;
    expect([code, stderr]).toEqual([1, 'The guardian has ended by SIGKILL. Start both again.\n']);
  });

  test('passes on what its guardian says, and not as its own answers', async () => {
    const { sandbox, json } = await startSandbox('--json');
    await json('fault', 'wrong_secret', 'on');
    await json('transition', 'ORD-42', 'done');
    await sandbox.waitFor(/signature_mismatch/);
    sandbox.child.kill('SIGTERM');
    const { stdout, stderr } = await sandbox.finished;
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).not.toHaveProperty('level');
    expect(stderr).toContain('signature_mismatch');
  });

  test('lets no guardian decide that was overtaken by a save while it started', async () => {
    const copy = copyRepository();
    // Each start is counted; the second is overtaken.
    const counts =
      "appendFileSync('starts', '.'); if (readFileSync('starts').length === 2) appendFileSync('src/a', '');";
    rewrite(copy, 'src/index.ts', '\n', `\nimport { appendFileSync, readFileSync } from 'node:fs';\n${counts}\n`);
    const port = await freePort();
    const sandbox = start(process.execPath, [...cli, '--port', port], { cwd: copy });
    await sandbox.waitFor(/Deliveries, as they are made/);
    const state = async () => {
      const board = await (await fetch(`http://127.0.0.1:${port}/sandbox/api/board`)).json();
      return (board as { guardian: { trouble: string | null } }).guardian.trouble;
    };
    expect(await state()).toBe(null);
    rewrite(copy, 'src/server.ts', '\n', '\n\n');
    await vi.waitFor(async () => expect(await state()).toMatch(/a file in src\/ was saved/), eventually);
    await vi.waitFor(async () => expect(await state()).toBe(null), { timeout: 30_000, interval: 10 });
    expect(readFileSync(join(copy, 'starts')).length).toBeGreaterThan(2);
  });

  test('has its folder for itself, until it ends in whatever way', async () => {
    const { sandbox, options } = await startSandbox();
    const [, port = '', , data = ''] = options;
    const guardian = await guardianOf(sandbox);
    const elsewhere = [...cli, 'issues', '--port', await freePort(), '--data', data];
    const refused = await run(process.execPath, elsewhere);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`The sandbox at http://127.0.0.1:${port} (process ${sandbox.child.pid}) keeps its state`),
    ]);
    sandbox.child.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(guardian)).toBe(false), eventually);
    expect((await run(process.execPath, elsewhere)).code).toBe(0);
    expect(existsSync(join(data, 'sandbox.lock'))).toBe(false);
  });

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
    const asNobody = await command('transition', 'ORD-44', 'review');
    expect(asNobody.stdout).toBe(
      'allow  ORD-44 moved to review\nNobody was named, so it was the extension that asked. Name somebody with --as.\n',
    );

    await command('set', 'ORD-42', 'title=42');
    await command('set', 'ORD-42', 'labels=["a","b"]');
    const shown = await command('show', 'ORD-42');
    expect(shown.stdout).toMatch(
      /^ORD-42 {2}review\nwaits to go to done: Moving to "done" waits[^]*\ncomments: 0\nrows: 0\n$/,
    );
    expect(await json('show', 'ORD-42')).toMatchObject({
      issue: { title: '42', labels: ['a', 'b'] },
      waiting: { to: 'done' },
    });
    const done = (await json('show', 'ORD-43')) as { issue: { comments: unknown[] }; rows: unknown[] };
    expect([done.issue.comments.length, done.rows.length]).toEqual([1, 2]);

    const [{ id } = { id: '' }] = ((await json('deliveries')) as { id: string; event: string }[]).filter(
      ({ event }) => event === 'workflow.before_transition',
    );
    const delivery = await command('deliveries', id);
    expect(delivery.stdout).toMatch(
      /X-Kiket-Signature: [0-9a-f]{64}\n[^]*"event": "workflow\.before_transition"[^]*HTTP 200 after/,
    );
    expect((await command('redeliver', id)).stdout).toMatch(/delivered +2 +200 +allow/);
    expect((await command('redeliver', 'workflow.after_transition')).stdout).toMatch(/delivered +2 +200 +success/);
    expect((await command('redeliver', 'issue.dance')).stderr).toMatch(/^issue\.dance is no delivery's id/);
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
      ['dance', 'There is no command dance. There are: story, issues, show, transition,'],
      ['transition ORD-42', 'Write: npm run sandbox -- transition ISSUE STATUS'],
      ['set ORD-42 status=done', 'A status is changed with: npm run sandbox -- transition ORD-42 done'],
      ['set ORD-42 title', 'title is no FIELD=VALUE'],
      ['issues more', 'Write: npm run sandbox -- issues'],
      ['issues --port x', '--port x is no port: write a number from 1 to 65535.'],
      ['issues --nonsense', "Unknown option '--nonsense'"],
      ['issues --guardian http://127.0.0.1:1', 'A guardian that runs already needs --secret'],
      ['issues --guardian x --secret y', '--guardian x is no URL. Write http://localhost:8080/webhook.'],
      [
        'issues --guardian localhost:1 --secret y',
        '--guardian localhost:1 is no URL. Write http://localhost:8080/webhook.',
      ],
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

  test('says which folder or file it cannot use', async () => {
    const port = await freePort();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), 'text');
    writeFileSync(join(folder, 'sandbox.db'), 'no database at all '.repeat(100));
    const issuesIn = (data: string) => run(process.execPath, [...cli, 'issues', '--port', port, '--data', data]);
    const [inFile, damaged] = [await issuesIn(join(folder, 'file')), await issuesIn(folder)];
    expect([inFile.code, damaged.code]).toEqual([1, 1]);
    expect(inFile.stderr).toContain(`${join(folder, 'file')} cannot be the folder for the state: name another one`);
    expect(damaged.stderr).toContain(`The sandbox cannot read its state in ${join(folder, 'sandbox.db')}: file is not`);
    expect(damaged.stderr).toContain('Delete that file to begin anew, or name another folder with --data.');
  });

  test('says that the sandbox went away', async () => {
    const server = createServer((request, response) => {
      if (request.url !== '/sandbox/api') return void request.socket.destroy();
      return void response.end(JSON.stringify({ sandbox: 'kiket' }));
    });
    const port = Number(await freePort());
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    const { code, stderr } = await run(process.execPath, [...cli, 'issues', '--port', String(port)]);
    server.close();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^The sandbox at http:\S+ went away during the command/)]);
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
