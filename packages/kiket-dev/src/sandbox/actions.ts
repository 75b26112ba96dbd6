import { send } from './courier.ts';
import { isDelivered, openDelivery } from './deliveryLog.ts';
import { actionContent, commandContent, type Subject } from './content.ts';
import { failureOf, parseObject } from './decision.ts';
import type { Platform } from './platform.ts';
import type { Issue } from './issues.ts';
import { Refusal } from './refusal.ts';
import type { Outcome, Workflow } from './workflow.ts';

/** An action that a person triggers. */
export interface ActionCall {
  key: string;
  subject: Subject;
  /** `action`: the guide's form, with `action_key`; `command`: the event of the manifest's `contributes.commands`. */
  form: 'action' | 'command';
  /** What was typed in, by the keys of the action's `inputs`; a command has it at top level. */
  inputs: Readonly<Record<string, unknown>> | undefined;
}

/** The extension's answer, and the result of the moves that waited for it. */
export interface ActionResult {
  delivery: string;
  http: number | null;
  answer: Record<string, unknown> | null;
  /** Why the extension gave no answer. */
  error: string | null;
  moves: readonly Outcome[];
  /** Why the guards weren't asked again about the waiting move. */
  refusal: string | null;
}

/**
 * Triggers an action and waits for its answer. After a `success`, the guards are asked again about the issue's waiting
 * move, because an approval may just have been given.
 */
export async function act(platform: Platform, workflow: Workflow, call: ActionCall): Promise<ActionResult> {
  const { issue, project } = call.subject;
  const draft = { ...draftOf(platform, call), projectId: project.id, timeoutMs: platform.extension.timeoutMs };
  const id = await openDelivery(platform, draft);
  const made = await send(platform, id);
  const answer = parseObject(made.answer ?? '') ?? null;
  const isDone = made.status === 200 && answer?.['status'] === 'success' && issue !== undefined;
  const asked = isDone ? await askAgain(workflow, issue) : { moves: [], refusal: null };
  const error = isDelivered(made) ? null : failureOf(made);
  return { delivery: id, http: made.status, answer, error, ...asked };
}

/** The action's answer stands, even if the waiting move has become impossible. */
async function askAgain(workflow: Workflow, issue: Issue): Promise<Pick<ActionResult, 'moves' | 'refusal'>> {
  try {
    return { moves: await workflow.retry(issue), refusal: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { moves: [], refusal: error.message };
  }
}

function draftOf({ extension }: Platform, { key, subject, form, inputs }: ActionCall) {
  const action = extension.actions.find((each) => each.key === key);
  if (action === undefined) {
    const known = extension.actions.map((each) => each.key).join(', ');
    throw new Refusal(404, 'ACTION_NOT_FOUND', `Unknown action "${key}". ${extension.name} has: ${known}.`);
  }
  if (!action.scopes.includes(subject.issue === undefined ? 'project' : 'issue')) {
    throw new Refusal(422, 'ACTION_NOT_OFFERED', `${key} is only available for: ${action.scopes.join(', ')}.`);
  }
  const asked = action.inputs.map((input) => input.key);
  const unknown = Object.keys(inputs ?? {}).find((name) => !asked.includes(name));
  if (unknown !== undefined) {
    const known = asked.length === 0 ? 'It asks for nothing.' : `It asks for: ${asked.join(', ')}.`;
    throw new Refusal(422, 'INPUT_NOT_FOUND', `${key} doesn't ask for "${unknown}". ${known}`);
  }
  if (form === 'action') return { event: `action:${key}`, content: { ...actionContent(key, subject), inputs } };
  if (action.event === undefined) throw new Refusal(422, 'COMMAND_NOT_FOUND', `${key} is an action, not a command.`);
  return { event: action.event, content: commandContent(extension, action.event, { subject, inputs }) };
}
