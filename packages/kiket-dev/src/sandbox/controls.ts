import * as z from 'zod';
import { act, type ActionResult } from './actions.ts';
import { readBoard, readSnapshot, type Board, type Snapshot } from './board.ts';
import { listComments, type Comment } from './comments.ts';
import { send, sign, type Signed } from './courier.ts';
import { findDelivery, listDeliveries, openDelivery, type Delivery } from './deliveryLog.ts';
import type { FaultSwitches } from './faults.ts';
import { findIssue, insertIssue, issueChangesSchema, newIssueSchema, updateIssue, type Issue } from './issues.ts';
import { preview, viewSchema, type Preview } from './guards.ts';
import { findPerson } from './people.ts';
import type { Platform } from './platform.ts';
import type { Queue } from './queue.ts';
import { record, recordSchema, type Recorded } from './recording.ts';
import { readRecords, type Records } from './records.ts';
import { seedAnew } from './seed.ts';
import { actSchema, findSubject } from './subject.ts';
import { subjectOf, type Outcome, type Workflow } from './workflow.ts';

/** Who does it, by email address; without one, the extension. */
const actorSchema = z.object({ as: z.string().optional() });

const moveSchema = actorSchema.extend({ to: z.string() });
const createSchema = actorSchema.extend({ issue: newIssueSchema });
const changeSchema = actorSchema.extend({ issue: issueChangesSchema });

/** The input of the controls. */
export interface Given {
  move: z.input<typeof moveSchema>;
  create: z.input<typeof createSchema>;
  change: z.input<typeof changeSchema>;
  act: z.input<typeof actSchema>;
  record: z.input<typeof recordSchema>;
  view: z.input<typeof viewSchema>;
}

/** What people and tests can do with a sandbox. Issues are named by their keys. Everything rejects with a `Refusal`. */
export interface Controls {
  board: () => Promise<Board>;
  /** The whole visible state at one moment. */
  snapshot: () => Promise<Snapshot>;
  issue: (key: string) => Promise<Issue & { comments: Comment[] }>;
  createIssue: (given: Given['create']) => Promise<Issue>;
  changeIssue: (key: string, given: Given['change']) => Promise<Issue>;
  transition: (key: string, given: Given['move']) => Promise<Outcome>;
  /**
   * What each guard would say about the next move of an issue. Faults don't apply to it, and it isn't listed as a
   * delivery.
   */
  preview: (view: Given['view']) => Promise<Preview | null>;
  act: (actionKey: string, given: Given['act']) => Promise<ActionResult>;
  /** The latest 100, newest first. */
  deliveries: () => Promise<Delivery[]>;
  delivery: (id: string) => Promise<Delivery>;
  /** Sends it again now, with the same id. Moves nothing, whatever a guard answers. */
  redeliver: (id: string) => Promise<Delivery>;
  /** Sends another body as its own delivery, with a new token and current secrets. */
  sendEdited: (id: string, body: Record<string, unknown>) => Promise<Delivery>;
  /** An attempt for other tools, signed correctly now, whatever faults are on. */
  signed: (id: string) => Promise<Signed>;
  /** Saves a delivery and its answer in `replay/`, so that `kiket-dev replay` expects them. */
  record: (id: string, given: Given['record']) => Promise<Recorded>;
  /** What the extension has written: custom data, events and telemetry. */
  records: () => Promise<Records>;
  faults: FaultSwitches;
  watch: Platform['watch'];
  changeCount: Platform['changeCount'];
  /** Waits until all background work is done. */
  drain: () => Promise<void>;
  /** Waits until every due delivery has been tried; retries may follow. */
  finishDue: () => Promise<void>;
  /** Starts over, without faults. */
  reset: () => Promise<Board>;
}

/** What the page and the command line can do with a local Kiket. */
export function createControls(parts: { platform: Platform; queue: Queue; workflow: Workflow }): Controls {
  const { platform, queue, workflow } = parts;
  const { database, faults } = platform;
  const person = (email: string | undefined) => findPerson(database, email);

  async function deliverChange(event: string, issue: Issue, email: string | undefined): Promise<Issue> {
    platform.announce();
    // Before the extension has started, nothing can be delivered.
    if (platform.guardian().url === '') return issue;
    await workflow.report(event, await subjectOf(platform, issue, await person(email)));
    return issue;
  }

  return {
    board: () => readBoard(platform),
    snapshot: () => readSnapshot(platform),
    issue: async (key) => {
      const issue = await findIssue(database, key);
      return { ...issue, comments: await listComments(database, issue) };
    },
    createIssue: async (given) => {
      const { issue, as } = createSchema.parse(given);
      await person(as);
      return deliverChange('issue.created', await insertIssue(database, issue, platform.now()), as);
    },
    changeIssue: async (key, given) => {
      const { issue: changes, as } = changeSchema.parse(given);
      await person(as);
      const issue = await findIssue(database, key);
      return deliverChange('issue.updated', await updateIssue(database, issue, changes, platform.now()), as);
    },
    transition: async (key, given) => {
      const { to, as } = moveSchema.parse(given);
      return workflow.move({ issue: await findIssue(database, key), to, user: await person(as) });
    },
    preview: (view) => preview(platform, viewSchema.parse(view)),
    act: async (actionKey, given) => {
      const { form, inputs, ...names } = actSchema.parse(given);
      return act(platform, workflow, { key: actionKey, subject: await findSubject(platform, names), form, inputs });
    },
    deliveries: () => listDeliveries(platform),
    delivery: (id) => findDelivery(platform, id),
    redeliver: async (id) => {
      await queue.redeliver(id);
      return findDelivery(platform, id);
    },
    sendEdited: async (id, body) => {
      const original = await findDelivery(platform, id);
      const { project_id: projectId, timeout_ms: timeoutMs } = original;
      const event = typeof body['event'] === 'string' ? body['event'] : original.event;
      const { pathname } = new URL(original.url);
      const draft = { event, content: body, projectId, timeoutMs, endpoint: pathname };
      const edited = await openDelivery(platform, draft);
      await send(platform, edited);
      return findDelivery(platform, edited);
    },
    signed: async (id) => sign(platform, await findDelivery(platform, id)),
    record: async (id, given) => record(platform, await findDelivery(platform, id), recordSchema.parse(given)),
    records: () => readRecords(platform),
    faults,
    watch: platform.watch,
    changeCount: platform.changeCount,
    drain: queue.drain,
    finishDue: queue.finishDue,
    reset: async () => {
      await queue.clear();
      await seedAnew(database, platform.now());
      await faults.reset();
      platform.announce();
      return readBoard(platform);
    },
  };
}
