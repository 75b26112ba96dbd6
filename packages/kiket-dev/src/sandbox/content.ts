import { randomUUID } from 'node:crypto';
import type { InstalledExtension } from './extension.ts';
import type { Issue } from './issues.ts';
import type { User } from './people.ts';
import { installation } from './seed.ts';

/** The subject of a delivery. */
export interface Subject {
  organizationId: number;
  project: { id: number; key: string; name: string };
  issue?: Issue | undefined;
  /** Who did it; `undefined` for the extension. */
  user?: User | undefined;
}

/** The body of an event in the form of the delivery contract, without the parts that each attempt creates. */
export function eventContent(
  { apiVersion }: InstalledExtension,
  event: string,
  { subject, transition, now }: { subject: Subject; transition?: { from: string; to: string } | undefined; now: Date },
): Record<string, unknown> {
  const { organizationId, project, issue, user } = subject;
  return {
    id: `evt_${randomUUID()}`,
    event,
    event_version: apiVersion,
    occurred_at: now.toISOString(),
    organization_id: organizationId,
    project,
    issue,
    transition: transition && { ...transition, performed_by: user?.email ?? null },
    context: { user_id: user?.id ?? null, user: user ?? null, workspace: installation.workspace },
  };
}

/** The body of an action call (guide, "Exposing Actions"), also without those parts. */
export function actionContent(actionKey: string, subject: Subject): Record<string, unknown> {
  const { organizationId, project, issue, user } = subject;
  return { action_key: actionKey, organization_id: organizationId, context: { project, issue, user } };
}

/** The body of a command: an event with the person's input at top level. */
export function commandContent(
  { apiVersion }: InstalledExtension,
  event: string,
  { subject, inputs }: { subject: Subject; inputs?: Readonly<Record<string, unknown>> | undefined },
): Record<string, unknown> {
  const { organizationId, project, issue, user } = subject;
  return {
    ...inputs,
    event,
    event_version: apiVersion,
    organization: { id: organizationId, subdomain: installation.workspace },
    context: { project, issue, user },
  };
}
