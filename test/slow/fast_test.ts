import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { copyRepository } from '../support/checkout.ts';
import { forTypeScript, run } from '../support/processes.ts';

/** What a process writes to a log that is read only when all of it has been written. */
async function readLate(lines: number, bytes: number, end = ''): Promise<string> {
  const script = `
    import { fastStdout } from './src/fast.ts';
    const stdout = fastStdout();
    for (let line = 0; line < ${lines}; line += 1) {
      stdout.write(JSON.stringify({ line, text: 'x'.repeat(${bytes}) }) + '\\n');
      // Writes begin meanwhile, until nobody reads what has been written.
      if (line % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    process.stderr.write('written');
    ${end}
  `;
  const child = spawn(process.execPath, [...forTypeScript, '--input-type=module', '--eval', script]);
  await once(child.stderr, 'data');
  return text(child.stdout);
}

describe('what makes it fast', () => {
  test('can be taken out as it says', async () => {
    const copy = copyRepository();
    for (const file of ['src/fast.ts', 'test/component/fast_test.ts', 'test/slow/fast_test.ts'])
      rmSync(join(copy, file));
    const edits: Record<string, [from: string, to: string][]> = {
      'src/server.ts': [
        ['openGuardian(env, { destination, harden: fastHelmet })', 'openGuardian(env, { destination })'],
        ['createHttpServer(fastListener(app), { messages: fastMessages(app) })', 'createHttpServer(app)'],
      ],
      'src/index.ts': [
        ['startServer(process.env, stdout)', 'startServer(process.env)'],
        ['const stdout = fastStdout();\n', ''],
        ['  await stdout.flush();\n', ''],
      ],
    };
    const says = readFileSync('src/fast.ts', 'utf8');
    for (const [file, changes] of Object.entries(edits)) {
      const before = readFileSync(join(copy, file), 'utf8').replace(/^import .* from '.\/fast.ts';\n/m, '');
      for (const [from, to] of changes)
        expect([before, says]).toEqual([expect.stringContaining(from), expect.stringContaining(to)]);
      writeFileSync(
        join(copy, file),
        changes.reduce((changed, [from, to]) => changed.replace(from, to), before),
      );
    }
    const { code, stdout } = await run('npx', ['tsc', '--noEmit'], { cwd: copy });
    expect([code, stdout]).toEqual([0, '']);
  });

  test('writes every log line before a stop, also for who reads late', async () => {
    const written = await readLate(2_000, 300, 'await stdout.flush(); process.exit(0);');
    const lines = written.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual([...Array(2_000).keys()]);
  });

  test('keeps 16 MiB of the log for who does not read it, and whole lines', async () => {
    const written = await readLate(2_000, 20_000);
    const lines = written.trimEnd().split('\n');
    // And those that are on their way to who does read.
    expect(lines.length).toBeGreaterThan(700);
    expect(lines.length).toBeLessThan(1_000);
    const numbers = lines.map((line) => (JSON.parse(line) as { line: number }).line);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
  });
});
