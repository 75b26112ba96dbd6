import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StartExtension } from '../../src/sandbox/cli/extensionProcess.ts';
import { keepExtension } from '../../src/sandbox/cli/reload.ts';
import { sandboxWith } from '../../src/sandbox/index.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { serveApp } from '../support/app.ts';
import { linkProject, temporaryFolder } from '../support/folders.ts';
import { runHere, startHere } from '../support/commands.ts';
import { testSecret as secret } from 'kiket-express/testing';
import { listen } from '../support/listen.ts';
import { freePort } from '../support/processes.ts';
import { openSandbox } from '../support/sandbox.ts';
import { openCommand, sandboxHere, startExtensionHere } from '../support/sandboxCommand.ts';

describe('kiket-dev sandbox story', () => {
  /** What somebody has set for themselves does not change the story. */
  const env = {
    KIKET_SETTING_REQUIRED_APPROVALS: '2',
    KIKET_SETTING_REQUIRED_FIELDS: 'due_date',
    KIKET_SETTING_CHECKS_URL: 'http://127.0.0.1:1/{issue}',
    KIKET_SECRET_CHECKS_API_TOKEN: 'x',
    KIKET_SDK_TELEMETRY_URL: 'nonsense',
  };

  test('runs the story of an issue', async () => {
    const { code, stdout, stderr } = await runHere(sandboxHere, ['story', '--json'], { env });
    const steps = JSON.parse(stdout) as { expected: string; status: string }[];
    const approved = ['deny', 'saved', 'pending', 'success', 'allow', 'done', 'delivered', 'once'];
    const overridden = ['deny, pending, allow', 'pending', 'success', 'allow', 'once', 'pending'];
    expect(steps.map(({ status }) => status)).toEqual([...approved, ...overridden]);
    expect([code, stderr]).toEqual([0, '']);
  });

  test.each<[string, (sandbox: Sandbox) => Promise<unknown>, RegExp]>([
    [
      'goes another way',
      (sandbox) => sandbox.changeIssue('ORD-42', { issue: { assignee_id: 19 } }),
      /✗ +1\. .*pending \(should be deny\)\n[^]*\nSomething didn't go as expected\.\n$/,
    ],
    [
      'is answered by nobody',
      (sandbox) => sandbox.faults.set({ wrong_secret: true }),
      /✗ +4\. .*no answer \(should be success\)\n[^]*✗ +6\. .*review \(should be done\)\n/,
    ],
  ])('fails if it %s, and says where', async (_how, change, shown) => {
    const changed: StartExtension = async (sandbox, options) => {
      await change(sandbox);
      return startExtensionHere(sandbox, options);
    };
    const { code, stdout } = await runHere(sandboxWith(changed), ['story']);
    expect([code, stdout]).toEqual([1, expect.stringMatching(shown)]);
  });

  test('ends its guardian when it is interrupted', async () => {
    let guardian: Awaited<ReturnType<StartExtension>> | undefined;
    const story = startHere(
      sandboxWith(async (sandbox, options) => {
        guardian = await startExtensionHere(sandbox, options);
        story.interrupt();
        return guardian;
      }),
      ['story'],
    );
    expect(await story.finished).toEqual({ code: 1, stdout: '', stderr: 'Interrupted.\n' });
    expect(await guardian?.ended).toBe('with exit code 0');
  });
});

describe('a command', () => {
  test('starts everything for itself, and the next one finds what it did', async () => {
    const { command, json } = await openCommand();
    const denied = await command('transition', 'ORD-42', 'done', '--as', 'mira@example.com');
    expect(denied).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^deny {2}ORD-42 stays in review\nFill in Assignee before/) as string,
      stderr: 'No sandbox is running, so this command starts one. To keep one running: npx kiket-dev sandbox\n',
    });
    expect(await json('deliveries')).toMatchObject([{ event: 'workflow.before_transition', state: 'delivered' }]);
    const reset = await command('reset');
    expect([reset.code, reset.stdout]).toEqual([0, expect.stringMatching(/^Started over\.[^]*ORD-42 +review/)]);
    expect(await json('deliveries')).toEqual([]);
  });

  test('ends when what it caused has been delivered', async () => {
    const { command, json } = await openCommand();
    await command('fault', 'latency', '500');
    await command('transition', 'ORD-42', 'backlog', '--as', 'mira@example.com');
    const [after] = (await json('deliveries')) as { event: string; attempts: { status: number }[] }[];
    expect([after?.event, after?.attempts.map(({ status }) => status)]).toEqual(['workflow.after_transition', [200]]);
  });

  test('keeps its state in a folder that it makes, from where it is called', async () => {
    const cwd = linkProject();
    const words = ['issues', '--port', await freePort(), '--data', 'some/state'];
    expect((await runHere(sandboxHere, words, { cwd })).code).toBe(0);
    expect(readdirSync(join(cwd, 'some', 'state'))).toEqual(expect.arrayContaining(['extension.db', 'sandbox.db']));
  });
});

test('the folder of a sandbox is its own until it ends', async () => {
  const { data, startSandbox } = await openCommand();
  const sandbox = await startSandbox();
  const elsewhere = ['issues', '--port', await freePort(), '--data', data];
  const refused = await runHere(sandboxHere, elsewhere);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining(`A sandbox is already running in ${data}.`),
  ]);
  sandbox.interrupt();
  await sandbox.finished;
  expect((await runHere(sandboxHere, elsewhere)).code).toBe(0);
});

describe('a sandbox that keeps its guardian', () => {
  /** Keeps a guardian that a test starts, for a sandbox that only notes what it is notified of. */
  async function keep(start: (number: number, save: () => void) => void) {
    const root = temporaryFolder();
    mkdirSync(join(root, 'src'));
    const notes: string[] = [];
    let [saves, starts, looks] = [0, 0, () => {}];
    const save = () => writeFileSync(join(root, 'src', `${(saves += 1)}.ts`), '');
    const note = (what: string) => {
      notes.push(what);
      looks();
    };
    const sandbox = { ...(await openSandbox()), connect: note, lose: note };
    const startExtension: StartExtension = async () => {
      starts += 1;
      const url = `guardian ${starts}`;
      start(starts, save);
      return { url, ended: new Promise(() => {}), stop: async () => note(`${url} stopped`) };
    };
    const output = { write: () => {} };
    const io = { stdout: output, stderr: { write: note }, env: {}, cwd: root };
    const guardian = await keepExtension(sandbox, { root, start: startExtension, env: {}, io });
    save();
    const noted = (what: string) =>
      new Promise<void>((resolve) => {
        looks = () => notes.includes(what) && resolve();
        looks();
      });
    return { guardian, notes, noted, save };
  }

  const again = 'The extension is restarting because a file in src/ was saved.';

  test('lets none decide that was overtaken by a save while it started', async () => {
    const { guardian, notes, noted } = await keep((number, save) => number === 2 && save());
    await noted('guardian 3');
    await guardian.stop();
    const stopped = [1, 2, 3].map((number) => `guardian ${number} stopped`);
    expect(notes).toEqual(['guardian 1', again, stopped[0], again, stopped[1], 'guardian 3', stopped[2]]);
  });

  test('goes on with the next save if one does not start', async () => {
    const { guardian, notes, noted, save } = await keep((number) => {
      if (number === 2) throw new Error('A comma is missing.');
    });
    await noted("The extension doesn't start: see the terminal. Fix it and save.");
    expect(notes.at(-2)).toMatch(/^A comma is missing\.\n/);
    save();
    await noted('guardian 3');
    await guardian.stop();
  });
});

describe('a running sandbox', () => {
  test('shows a page, and says how to call it', async () => {
    const { startSandbox, port } = await openCommand();
    const { waitFor } = await startSandbox();
    const [, url = ''] = await waitFor(/in a browser: (\S+)/);
    expect(await (await fetch(url)).text()).toContain('</html>');
    await waitFor(new RegExp(`npx kiket-dev sandbox issues --port ${port}\n`));
  });

  test('has a line of JSON for every delivery', async () => {
    const { startSandbox, json } = await openCommand();
    const sandbox = await startSandbox('--json');
    await json('fault', 'wrong_secret', 'on');
    await json('transition', 'ORD-42', 'done');
    await sandbox.waitFor(/before_transition/);
    sandbox.interrupt();
    const { code, stdout } = await sandbox.finished;
    const text = expect.any(String) as string;
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { url: text, extension: text, apiKey: text, workspaceToken: text },
      expect.objectContaining({ event: 'workflow.before_transition', status: 401 }),
    ]);
  });

  test('is what commands talk to', async () => {
    const { startSandbox, command, json } = await openCommand();
    const sandbox = await startSandbox();
    const asNobody = await command('transition', 'ORD-44', 'review');
    expect(asNobody).toEqual({
      code: 0,
      stdout:
        'allow  ORD-44 moved to review\nNo person was named, so the extension made the move. Name one with --as.\n',
      stderr: '',
    });
    await sandbox.waitFor(/ {2}workflow\.before_transition {2}HTTP 200 allow/);

    await command('transition', 'ORD-43', 'done', '--as', 'mira@example.com');
    await command('set', 'ORD-43', 'title=42');
    for (const [text, labels] of Object.entries({
      blocked: ['blocked'],
      'a, b': ['a', 'b'],
      '["a,b"]': ['a,b'],
      '': [],
    })) {
      // oxlint-disable-next-line no-await-in-loop -- each replaces the one before
      expect(await json('set', 'ORD-43', `labels=${text}`)).toMatchObject({ labels });
    }
    const custom = await command('set', 'ORD-43', 'story_points=21');
    expect(custom.stdout).toBe('ORD-43 now has the custom field story_points=21.\n');
    expect((await command('show', 'ORD-43')).stdout).toMatch(
      /^ORD-43 {2}review\nwaits to move to done: Moving to "done" waits[^]*\ncomments: 0\nrows: 0\n$/,
    );
    expect(await json('show', 'ORD-43')).toMatchObject({
      issue: { title: '42', custom_fields: { story_points: 21 } },
      waiting: { to: 'done' },
    });

    const [{ id } = { id: '' }] = ((await json('deliveries')) as { id: string; event: string }[]).filter(
      ({ event }) => event === 'workflow.before_transition',
    );
    const delivery = await command('deliveries', id);
    expect(delivery.stdout).toMatch(
      /X-Kiket-Signature: [0-9a-f]{64}\n[^]*"event": "workflow\.before_transition"[^]*HTTP 200 after/,
    );
    expect((await command('redeliver', id)).stdout).toMatch(/delivered +2 +200 +pending/);
    expect((await command('redeliver', 'issue.dance')).stderr).toMatch(/^Unknown delivery or event "issue\.dance"/);
    expect((await command('fault', 'latency', '20')).stdout).toMatch(/latency +20 ms +Each delivery/);
    expect(await json('fault', 'drop', 'on')).toMatchObject({ latency: 20, drop: true });
    expect(await json('fault', 'off')).toMatchObject({ latency: 0, drop: false });
    expect((await command('reset')).stdout).toMatch(/^Started over\.\n/);
    expect((await command('deliveries')).stdout).toBe('Nothing has been delivered yet.\n');

    sandbox.interrupt();
    expect((await sandbox.finished).code).toBe(0);
  });

  test('calls a guardian that runs already', async () => {
    const { port, command, json, startSandbox } = await openCommand();
    const guardian = await serveApp({ KIKET_BASE_URL: `http://127.0.0.1:${port}` });
    await startSandbox('--extension', `http://127.0.0.1:${guardian.port}/webhook`, '--secret', secret);
    const { stdout } = await command('act', 'decision_report', '--project', 'ORD', '--as', 'mira@example.com');
    expect(stdout).toBe('success  Last 7 days: 0 allowed, 0 pending, 0 denied.\n');
    await command('act', 'override_transition', 'ORD-42', '--input', 'reason=a = b');
    expect(await json('deliveries')).toMatchObject([{ content: { inputs: { reason: 'a = b' } } }, {}]);
    const unknown = await command(
      'act',
      'override_transition',
      'ORD-42',
      ...['reason=Down.', 'reasn=Down.'].flatMap((input) => ['--input', input]),
    );
    expect(unknown.stderr).toBe('override_transition doesn\'t ask for "reasn". It asks for: reason.\n');
    const missing = await command('act', 'override_transition', 'ORD-42', '--input', 'reason= ');
    expect([missing.code, missing.stderr]).toEqual([
      1,
      'override_transition requires reason. Add --input reason=TEXT.\n',
    ]);
    expect(await json('deliveries')).toHaveLength(2);
  });

  test('says so when the port is taken by something else', async () => {
    const { port } = new URL(await listen((_request, response) => void response.writeHead(404).end()));
    const asked = await runHere(sandboxHere, ['issues', '--port', port]);
    expect([asked.code, asked.stderr]).toEqual([
      1,
      `Another program uses port ${port}. Choose another port with --port.\n`,
    ]);
    const started = await runHere(sandboxHere, ['--port', port, '--data', temporaryFolder()]);
    expect([started.code, started.stderr]).toEqual([1, `Port ${port} is in use. Choose another port with --port.\n`]);
  });
});

describe('the command line', () => {
  test.each([
    ['dance', 'Unknown command "dance". Available: story, issues, show, transition,'],
    ['transition ORD-42', 'Usage: npx kiket-dev sandbox transition ISSUE STATUS'],
    ['set ORD-42 status=done', 'To change the status: npx kiket-dev sandbox transition ORD-42 done'],
    ['set ORD-42 title', 'Invalid change title'],
    ['issues more', 'Usage: npx kiket-dev sandbox issues'],
    ['act explain_transition ORD-42 --input x', 'Invalid --input x. Write KEY=TEXT.'],
    ['issues --port x', 'Invalid --port x. Write a number from 1 to 65535.'],
    ['issues --nonsense', "Unknown option '--nonsense'"],
    ['issues --extension http://127.0.0.1:1', '--extension requires --secret'],
    ['issues --extension x --secret y', 'Invalid --extension x. Write a URL such as http://localhost:8080/webhook.'],
    [
      'issues --extension localhost:1 --secret y',
      'Invalid --extension localhost:1. Write a URL such as http://localhost:8080/webhook.',
    ],
  ])('says what is wrong with "%s"', async (words, why) => {
    const { port, data } = await openCommand();
    const { code, stdout, stderr } = await runHere(sandboxHere, ['--port', port, '--data', data, ...words.split(' ')], {
      cwd: linkProject(),
    });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(why);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('says which folder or file it cannot use', async () => {
    const port = await freePort();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), 'text');
    writeFileSync(join(folder, 'sandbox.db'), 'no database at all '.repeat(100));
    const issuesIn = (data: string) => runHere(sandboxHere, ['issues', '--port', port, '--data', data]);
    const [inFile, damaged] = [await issuesIn(join(folder, 'file')), await issuesIn(folder)];
    expect([inFile.code, damaged.code]).toEqual([1, 1]);
    expect(inFile.stderr).toContain(`Can't write state to ${join(folder, 'file')}.`);
    expect(damaged.stderr).toContain(`The sandbox can't read its state in ${join(folder, 'sandbox.db')}: file is not`);
    expect(damaged.stderr).toContain('Delete that file to start over, or choose another folder with --data.');
  });

  test('says that the sandbox went away', async () => {
    const url = await listen((request, response) => {
      if (request.url !== '/sandbox/api') return void request.socket.destroy();
      return void response.end(JSON.stringify({ sandbox: 'kiket' }));
    });
    const { code, stderr } = await runHere(sandboxHere, ['issues', '--port', new URL(url).port]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^The sandbox at http:\S+ stopped during the command/)]);
  });

  test('says what the sandbox did not do, and why', async () => {
    const { command } = await openCommand();
    const { code, stderr } = await command('transition', 'ORD-42', 'moon');
    expect([code, stderr.trim().split('\n').at(-1)]).toEqual([
      1,
      "ORD-42 can't move from review to moon. Available: backlog, in_progress, done.",
    ]);
  });
});
