import type { Person } from './approvals/person.ts';
import type { AuthenticationContext, WebhookPayload } from './schemas.ts';

/** Where an issue is. Id and key are two names for one thing; a body may bring either or both. */
export interface IssueReference {
  /** The organisation's id; where the body has none: `subdomain:acme`, `workspace:wsp_1` or {@link unknownOrganization}. */
  readonly organization: string;
  /** Beside the organisation's id: its other name, as `subdomain:acme`. */
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

/** An issue as a delivery describes it. `fields` is all that Kiket sent about it, by Kiket's own field names. */
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
  /** Who wants to move the issue. Empty if the body does not say. */
  readonly mover: Person;
}

/** One signed POST from Kiket, whichever envelope it came in. */
export interface Delivery {
  /** For logs and for people. Whether a delivery was seen before is decided by `deliveryKeys()`. */
  id: string;
  /** The id that the signed body gives this delivery. Not for actions: there `id` may be a parameter. */
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
  /** Whether the body names no organisation, so that this is `KIKET_ORGANIZATION_ID` or unknown. */
  isOrganizationAssumed: boolean;
  projectId: string | undefined;
  projectKey: string | undefined;
  /** Only if the body gives its id or key: other fields do not say which issue it is. */
  issue: Issue | undefined;
  transition: Transition | undefined;
  /** Who did it: for an action whoever triggered it, else whoever moved the issue. Empty if the body does not say. */
  actor: Person;
  auth: AuthenticationContext;
  /** The installation's secrets, by key. Masked values are left out. */
  secrets: Readonly<Record<string, string>>;
  missingSecrets: readonly string[];
  /** What the body has as `settings` and `configuration`: the installation's own, as they came. Not for commands. */
  settings: readonly unknown[];
  freshness: FreshnessProof;
  /** The body as it was sent. */
  payload: WebhookPayload;
}

/** Times inside the signed body that can show that a delivery is recent. */
export interface FreshnessProof {
  /** End of life of the delivery's runtime token. */
  expiresAt: Date | undefined;
  /** When the event happened or was sent; one of them within the tolerance is enough. */
  signedTimes: readonly Date[];
}

/** Stands for "the body does not say". It matches itself and never an organisation that has a name. */
export const unknownOrganization = 'unknown';
