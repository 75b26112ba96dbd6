import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { actionContent, commandContent } from './content.ts';
import { sign } from './courier.ts';
import { parseObject } from './decision.ts';
import type { Platform } from './platform.ts';
import { postPlainly } from './post.ts';
import { Refusal } from './refusal.ts';
import type { Move } from './waiting.ts';
import { nextStates, subjectOf } from './workflow.ts';

/** The action that says what its guards would. Its answer is read here, so a fork that renames it names it here too. */
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
      }),
    ]),
  }),
});

/** What every guard says about one move, and what that comes to. */
export type GuardReport = z.infer<typeof explanationSchema>['data']['transitions'][0];

/**
 * Asks the extension what each of its guards says about a move. Whoever looks at an issue asks again whenever something
 * changes: what is asked here would push everything else out of the list of deliveries, and use up the faults that were
 * meant for a move. Resolves to `null` if the issue cannot go there from where it is: it may have moved before whoever
 * looks on could know. Throws a {@link Refusal} if the extension does not say.
 */
export async function askEveryGuard(platform: Platform, { issue, to, user }: Move): Promise<GuardReport | null> {
  const { extension } = platform;
  if (!(await nextStates(platform, issue)).includes(to)) return null;
  const action = extension.actions.find(({ key }) => key === actionKey);
  if (action === undefined) {
    const message = `${extension.name} has no action ${actionKey}, so it does not say what each guard thinks. A move does.`;
    throw new Refusal(404, 'GUARDS_UNKNOWN', message);
  }
  const subject = await subjectOf(platform, issue, user);
  const transition = { from: issue.status, to };
  const content =
    action.event === undefined
      ? { ...actionContent(actionKey, subject), transition }
      : commandContent(extension, action.event, { subject, parameters: { transition } });
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
