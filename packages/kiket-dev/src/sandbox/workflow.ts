import { guardEvent } from 'kiket-express/manifest';
import { send } from './courier.ts';
import { openDelivery } from './deliveryLog.ts';
import { eventContent, type Subject } from './content.ts';
import { readDecision, type Decision } from './decision.ts';
import { requiredGuards } from './extension.ts';
import { findIssue, listIssues, type Issue } from './issues.ts';
import type { User } from './people.ts';
import type { Platform } from './platform.ts';
import type { Queue } from './queue.ts';
import { Refusal } from './refusal.ts';
import { findWaiting, keepWaiting, type Move } from './waiting.ts';

/** The result of a move. */
export interface Outcome extends Decision {
  issue: Issue;
  to: string;
  /** The deliveries that asked the guards. */
  deliveries: readonly string[];
}

/** Moves issues if the guards allow it. */
export interface Workflow {
  /**
   * Moves an issue, keeps the move waiting, or denies it. Throws a {@link Refusal} for a move that the workflow doesn't
   * have.
   */
  move: (move: Move) => Promise<Outcome>;
  /** Asks again about an issue's waiting move, and does what the guards say. Empty if there is none. */
  retry: (issue: Issue) => Promise<readonly Outcome[]>;
  /** Delivers an event to all its hooks, in the background. */
  report: (event: string, subject: Subject, transition?: { from: string; to: string }) => Promise<void>;
}

/** Moves issues, and asks and tells the extension about it. */
export function createWorkflow(platform: Platform, queue: Queue): Workflow {
  const { database, extension } = platform;

  async function ask({ issue, to, user }: Move): Promise<Outcome> {
    await requireStep(platform, issue, to);
    const transition = { from: issue.status, to };
    const subject = await subjectOf(platform, issue, user);
    const deliveries: string[] = [];
    let decision: Decision = { status: 'allow', message: null, metadata: {} };
    for (const { timeoutMs, endpoint } of requiredGuards(extension)) {
      const content = eventContent(extension, guardEvent, { subject, transition, now: platform.now() });
      const draft = { event: guardEvent, content, projectId: issue.project_id, timeoutMs, endpoint };
      const id = await openDelivery(platform, draft);
      deliveries.push(id);
      decision = readDecision(await send(platform, id));
      if (decision.status !== 'allow') break;
    }
    return { ...decision, issue, to, deliveries };
  }

  /** One at a time per issue, each from the result of the one before. */
  function inTurn<Value>({ key }: Issue, work: (issue: Issue) => Promise<Value>): Promise<Value> {
    return platform.inTurn(key, async () => work(await findIssue(database, key)));
  }

  async function move(asked: Move): Promise<Outcome> {
    const { issue, to, user } = asked;
    const transition = { from: issue.status, to };
    const subject = await subjectOf(platform, issue, user);
    const outcome = await ask(asked);
    await requireSameStory(platform, issue);
    await report(guardEvent, subject, transition);
    await database.deleteFrom('waiting_moves').where('issue_id', '=', issue.id).execute();
    if (outcome.status === 'allow') return { ...outcome, issue: await carryOut(asked) };
    if (outcome.status === 'pending') await keepWaiting(platform, asked, outcome);
    platform.announce();
    return outcome;
  }

  async function carryOut({ issue, to, user }: Move): Promise<Issue> {
    const now = platform.now().toISOString();
    await database.updateTable('issues').set({ status: to, updated_at: now }).where('id', '=', issue.id).execute();
    const moved = await findIssue(database, issue.key);
    platform.announce();
    await report('workflow.after_transition', await subjectOf(platform, moved, user), { from: issue.status, to });
    return moved;
  }

  async function report(event: string, subject: Subject, transition?: { from: string; to: string }): Promise<void> {
    for (const hook of extension.hooks) {
      if (hook.event !== event || (event === guardEvent && hook.required)) continue;
      const content = eventContent(extension, event, { subject, transition, now: platform.now() });
      await queue.add({ ...hook, content, projectId: subject.project.id });
    }
  }

  return {
    move: (asked) => inTurn(asked.issue, (issue) => move({ ...asked, issue })),
    report,
    retry: (asked) =>
      inTurn(asked, async (issue) => {
        const waiting = await findWaiting(platform, issue);
        return waiting === undefined ? [] : [await move(waiting)];
      }),
  };
}

/** The project, issue and person of a delivery. */
export async function subjectOf({ database }: Platform, issue: Issue, user: User | undefined): Promise<Subject> {
  const project = await database
    .selectFrom('projects')
    .select(['id', 'key', 'name'])
    .where('id', '=', issue.project_id)
    .executeTakeFirstOrThrow();
  return { organizationId: issue.organization_id, project, issue, user };
}

/** Throws a {@link Refusal} for a move from before a reset. */
async function requireSameStory(
  { database }: Platform,
  { key, organization_id: organizationId }: Issue,
): Promise<void> {
  const now = (await listIssues(database)).find((issue) => issue.key === key);
  if (now?.organization_id === organizationId) return;
  throw new Refusal(409, 'ISSUE_MOVED', `The sandbox started over before ${key} could move.`);
}

/** The states that an issue can move to. */
export async function nextStates({ database }: Platform, issue: Issue): Promise<string[]> {
  const steps = await database
    .selectFrom('transitions')
    .select('to_state')
    .where('project_id', '=', issue.project_id)
    .where('from_state', '=', issue.status)
    .execute();
  return steps.map((step) => step.to_state);
}

/** Throws a {@link Refusal} for a move that the workflow does not have. */
async function requireStep(platform: Platform, issue: Issue, to: string): Promise<void> {
  const possible = await nextStates(platform, issue);
  if (possible.includes(to)) return;
  const list = possible.join(', ');
  const message = `${issue.key} can't move from ${issue.status} to ${to}. Available: ${list}.`;
  throw new Refusal(422, 'TRANSITION_NOT_FOUND', message);
}
