import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { actionContent, commandContent } from './content.ts';
import { sign } from './courier.ts';
import { parseObject } from './decision.ts';
import type { Platform } from './platform.ts';
import { postPlainly } from './post.ts';
import { listIssues } from './issues.ts';
import { findPerson, type User } from './people.ts';
import { Refusal, toRefusal } from './refusal.ts';
import { findWaiting, type Move } from './waiting.ts';
import { nextStates, subjectOf } from './workflow.ts';

/**
 * The action that reports what the guards would say. Its answer is read here, so a fork that renames it must rename it
 * here too.
 */
const actionKey = 'explain_transition';

const guardSchema = z.object({
  guard: z.string(),
  status: z.enum(['allow', 'pending', 'deny']),
  message: z.string().nullish(),
});

const explanationSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    transitions: z.tuple([
      z.object({
        to: z.string(),
        status: guardSchema.shape.status,
        message: z.string(),
        guards: z.array(guardSchema),
        // An older extension doesn't say what is missing.
        metadata: z.object({ missing_fields: z.array(z.string()) }).catch({ missing_fields: [] }),
      }),
    ]),
  }),
});

/** Each guard's answer about one move, and the result. */
export type GuardReport = z.infer<typeof explanationSchema>['data']['transitions'][0];

/** A view: an issue, its possible next status, and who would move it. */
export const viewSchema = z.object({
  issue: z.string().optional(),
  to: z.string().optional(),
  as: z.string().optional(),
});

/** What would happen if an issue moved now. */
export interface Preview {
  issue: string;
  to: string;
  /** Who would move it; `null` for the extension. */
  user: User | null;
  /** `null` if the extension doesn't say; `trouble` then says why. */
  report: GuardReport | null;
  trouble: string | null;
}

/**
 * Asks every guard about a view's move: to its status, or else the one the issue waits for, or else the last one it can
 * reach. Resolves to `null` for an issue that doesn't exist or can't move.
 */
export async function preview(platform: Platform, view: z.infer<typeof viewSchema>): Promise<Preview | null> {
  const { database } = platform;
  const issue = (await listIssues(database)).find(({ key }) => key === view.issue);
  if (issue === undefined) return null;
  const next = await nextStates(platform, issue);
  const waiting = await findWaiting(platform, issue);
  const to = next.find((each) => each === view.to) ?? waiting?.to ?? next.at(-1);
  if (to === undefined) return null;
  const asked = waiting?.to === to ? waiting : { issue, to, user: await findPerson(database, view.as || undefined) };
  const shown = { issue: issue.key, to, user: asked.user ?? null };
  try {
    return { ...shown, report: await askEveryGuard(platform, asked), trouble: null };
  } catch (error) {
    return { ...shown, report: null, trouble: toRefusal(error).message };
  }
}

/**
 * Asks the extension what each of its guards says about a move. This repeats whenever something changes, so the
 * question isn't listed as a delivery: it would push the others out of the list, and use up faults meant for a move.
 * Throws a {@link Refusal} if the extension doesn't say.
 */
async function askEveryGuard(platform: Platform, { issue, to, user }: Move): Promise<GuardReport> {
  const { extension } = platform;
  const action = extension.actions.find(({ key }) => key === actionKey);
  if (action === undefined) {
    const message = `${extension.name} has no action ${actionKey}, so it doesn't say what each guard thinks. Move the issue to find out.`;
    throw new Refusal(404, 'GUARDS_UNKNOWN', message);
  }
  const subject = await subjectOf(platform, issue, user);
  const transition = { from: issue.status, to };
  const content =
    action.event === undefined
      ? { ...actionContent(actionKey, subject), transition }
      : commandContent(extension, action.event, { subject, inputs: { transition } });
  const signed = await sign(platform, {
    id: `dlv_${randomUUID()}`,
    event: action.event ?? `action:${actionKey}`,
    content,
    project_id: issue.project_id,
    url: platform.callbackUrl(),
  });
  const { status, answer, error } = await postPlainly({ ...signed, timeoutMs: extension.timeoutMs });
  const { data } = explanationSchema.safeParse(parseObject(answer ?? ''));
  if (data !== undefined) return data.data.transitions[0];
  const how = error ?? `HTTP ${String(status)} ${answer?.slice(0, 200) ?? ''}`.trim();
  throw new Refusal(502, 'GUARDS_SILENT', `The extension didn't say what its guards think: ${how}`);
}
