import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { playStory, transcript, wentAsExpected } from '../../src/sandbox/cli/story.ts';
import { startGuarded } from '../support/sandbox.ts';

test('a story that goes another way says where', async () => {
  const sandbox = await startGuarded({}, { KIKET_SETTING_REQUIRED_APPROVALS: '2' });
  const steps = await playStory(sandbox);
  expect(wentAsExpected(steps)).toBe(false);
  expect(steps.filter(({ status, expected }) => status !== expected).map(({ what, status }) => [what, status])).toEqual(
    [
      ['Kiket asks the guards again', 'pending'],
      ['ORD-42 has moved', 'review'],
      ['Kiket reports the move', 'not delivered'],
      ['A comment names the approver', '0 times'],
      ['Every decision is recorded', 'none'],
    ],
  );
  const text = stripVTControlCharacters(transcript(steps));
  expect(text).toMatch(/✗ {2}5\. Kiket asks the guards again .*pending.* \(should be allow\)/);
  expect(text).toContain("Something didn't go as expected.");
});

test('a story in which nobody answers says so, and ends', async () => {
  const sandbox = await startGuarded();
  await sandbox.faults.set({ wrong_secret: true });
  const steps = await playStory(sandbox);
  const message = expect.stringContaining('HTTP 401') as string;
  expect(steps[0]).toMatchObject({ status: 'deny', message });
  expect(steps[3]).toMatchObject({ what: 'Noor approves it', expected: 'success' });
  expect(wentAsExpected(steps)).toBe(false);
});
