import type { Person } from './approvals/person.ts';
import type { AuthenticationContext, WebhookPayload } from './schemas.ts';

/** Where an issue is. A body has its id, its key, or both. */
export interface IssueReference {
  /**
   * The organization's id, or if the body has none, `subdomain:acme`, `workspace:wsp_1` or {@link unknownOrganization}.
   */
  readonly organization: string;
  /** The organization's other name besides its id, such as `subdomain:acme`. */
  readonly subdomain?: string | undefined;
  readonly projectId: string | undefined;
  readonly projectKey: string | undefined;
  readonly id: string | undefined;
  readonly key: string | undefined;
}

/** What to call an issue in a sentence: its key, or its id. */
export function issueName({ key, id }: Pick<IssueReference, 'id' | 'key'>): string {
  return key ?? (id === undefined ? 'the issue' : `issue ${id}`);
}

/** An issue as a delivery describes it. `fields` has everything Kiket sent about it, by Kiket's field names. */
export interface Issue extends IssueReference {
  readonly title: string | undefined;
  readonly status: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The move that a guard is asked about. */
export interface Transition {
  readonly issue: Issue;
  readonly from: string | undefined;
  readonly to: string;
  /** Who wants to move the issue. Empty if the body doesn't say. */
  readonly mover: Person;
}

/** One signed POST from Kiket, in any envelope. */
export interface Delivery {
  /** For logs and people. `deliveryKeys()` decides whether a delivery was seen before. */
  id: string;
  /** The delivery's id in the signed body. Not for actions, where `id` may be a parameter. */
  signedId: string | undefined;
  /** The event's canonical name; `action:<key>` for an action. */
  event: string;
  /** `v1`, `v2`, … */
  eventVersion: string;
  /** Key of the action to run, if this is one. */
  actionKey: string | undefined;
  occurredAt: Date | undefined;
  /** As in {@link IssueReference}. */
  organization: string;
  subdomain: string | undefined;
  /** Whether the body doesn't name an organization, so that this is `KIKET_ORGANIZATION_ID` or unknown. */
  isOrganizationAssumed: boolean;
  projectId: string | undefined;
  projectKey: string | undefined;
  /** Only if the body has its id or key, because other fields don't identify an issue. */
  issue: Issue | undefined;
  transition: Transition | undefined;
  /**
   * Who did it: for an action the person who triggered it, otherwise the person who moved the issue. Empty if the body
   * doesn't say.
   */
  actor: Person;
  auth: AuthenticationContext;
  /** The installation's secrets, by key. Masked values are left out. */
  secrets: Readonly<Record<string, string>>;
  missingSecrets: readonly string[];
  /** The installation's own `settings` and `configuration` in the body, as received. Not for commands. */
  settings: readonly unknown[];
  freshness: FreshnessProof;
  /** The body as it was sent. */
  payload: WebhookPayload;
}

/** Times inside the signed body that can prove that a delivery is recent. */
export interface FreshnessProof {
  /** When the delivery's runtime token expires. */
  expiresAt: Date | undefined;
  /** When the event happened or was sent. One time within the tolerance is enough. */
  signedTimes: readonly Date[];
}

/** Means "the body doesn't say". It matches itself, and never a named organization. */
export const unknownOrganization = 'unknown';

/** Whether this is an organization's id, and not what stands for one that has none. */
export function isOrganizationId(name: string): boolean {
  return name !== unknownOrganization && !/^(?:subdomain|workspace):/.test(name);
}
