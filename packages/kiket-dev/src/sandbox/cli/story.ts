import color from 'picocolors';
import { paint } from '../../plainTable.ts';
import { parseObject } from '../decision.ts';
import type { Records } from '../records.ts';
import type { Sandbox } from '../sandbox.ts';

/** One step of the story: what a person does, the expected result and the actual one. */
export interface StoryStep {
  what: string;
  expected: string;
  status: string;
  message: string;
}

const [mira, noor] = ['mira@example.com', 'noor@example.com'];

/** The story's settings. */
export const storySettings: Readonly<Record<string, string>> = {
  KIKET_SETTING_PROTECTED_STATUSES: 'done',
  KIKET_SETTING_REQUIRED_FIELDS: 'assignee_id',
  KIKET_SETTING_REQUIRED_APPROVALS: '1',
  KIKET_SETTING_OVERRIDE_USERS: noor,
  KIKET_SETTING_FAILURE_POLICY: 'deny',
};

/**
 * Plays the approval story: denied, fixed, waiting, approved, moved; and an emergency, if people can override. Expects
 * the state of a new sandbox.
 */
export async function playStory(sandbox: Sandbox): Promise<StoryStep[]> {
  const steps: StoryStep[] = [];
  const add = (what: string, expected: string, { status, message }: { status: string; message?: unknown }) =>
    void steps.push({ what, expected, status, message: typeof message === 'string' ? message : '' });
  const moveTo = (to: string) => sandbox.transition('ORD-42', { to, as: mira });
  const move = () => moveTo('done');
  const press = async (what: string, action: string, inputs?: Record<string, string>) => {
    const { answer, moves } = await sandbox.act(action, { issue: 'ORD-42', as: noor, inputs });
    add(what, 'success', { status: 'no answer', ...answer });
    add('Kiket asks the guards again', 'allow', moves[0] ?? { status: 'not asked' });
  };

  add('Mira moves ORD-42 to done', 'deny', await move());

  const fixed = await sandbox.changeIssue('ORD-42', { issue: { assignee_id: 19 }, as: mira });
  const assignee = fixed.assignee?.name ?? 'nobody';
  add('Mira takes the issue', 'saved', { status: 'saved', message: `Assigned to ${assignee}.` });

  add('Mira moves it again', 'pending', await move());

  await press('Noor approves it', 'approve_transition');
  add('ORD-42 has moved', 'done', await sandbox.issue('ORD-42').then(({ status }) => ({ status })));

  await sandbox.drain();
  const after = (await sandbox.deliveries()).find(({ event }) => event === 'workflow.after_transition');
  const answer = parseObject(after?.attempts.at(-1)?.answer ?? '');
  add('Kiket reports the move', 'delivered', { status: after?.state ?? 'not delivered', message: answer?.['message'] });

  const comments = (await sandbox.issue('ORD-42')).comments.map(({ body }) => body);
  add('A comment names the approver', 'once', howOften(comments));
  add('Every decision is recorded', 'deny, pending, allow', listDecisions(await sandbox.records()));
  const canOverride = sandbox.extension.actions.some(({ key }) => key === 'override_transition');
  if (!canOverride || !wentAsExpected(steps)) return steps;

  await moveTo('review');
  add('The next move waits, too', 'pending', await move());
  await press('Noor overrides the guards', 'override_transition', { reason: 'The shop is down.' });

  await sandbox.drain();
  const [, ...others] = (await sandbox.issue('ORD-42')).comments.map(({ body }) => body);
  add('A comment gives the reason', 'once', howOften(others));
  if (!wentAsExpected(steps)) return steps;
  await moveTo('review');
  add('The override is used up', 'pending', await move());
  return steps;
}

function howOften(texts: readonly string[]): { status: string; message: string } {
  return { status: texts.length === 1 ? 'once' : `${texts.length} times`, message: texts.join(' ') };
}

/** The rows of the table `decisions`, in the order of the decisions. */
function listDecisions({ custom_data: rows }: Records): { status: string } {
  const records = rows.map(({ record }) => record as { decision: string; decided_at: string });
  const inOrder = records.toSorted((one, other) => one.decided_at.localeCompare(other.decided_at));
  return { status: inOrder.length === 0 ? 'none' : inOrder.map(({ decision }) => decision).join(', ') };
}

/** Whether everything went as expected. */
export function wentAsExpected(steps: readonly StoryStep[]): boolean {
  return steps.every(({ status, expected }) => status === expected);
}

/** The story as it's printed: a line for each step, and what differed. */
export function transcript(steps: readonly StoryStep[]): string {
  const width = Math.max(...steps.map(({ what }) => what.length));
  const lines = steps.map(({ what, status, expected, message }, index) => {
    const mark = status === expected ? color.green('✓') : color.red('✗');
    const instead = status === expected ? '' : color.red(` (should be ${expected})`);
    const line = `${mark} ${String(index + 1).padStart(2)}. ${what.padEnd(width)}  ${paint(status)}${instead}`;
    return message === '' ? line : `${line}\n      ${message}`;
  });
  const end = wentAsExpected(steps) ? 'Everything went as expected.' : color.red("Something didn't go as expected.");
  return `${color.bold('How ORD-42 gets done')}\n\n${lines.join('\n')}\n\n${end}\n`;
}
