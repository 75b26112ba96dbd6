import type { TokenClaims } from '../client/runtimeToken.ts';
import type { Delivery } from '../delivery.ts';
import { DeliveryError } from '../errors.ts';
import { contradict } from '../text/values.ts';

/** The delivery as its verified token places it: what the token says goes first, and the body must not contradict it. */
export function applyClaims(delivery: Delivery, claims: TokenClaims): Delivery {
  const named = delivery.isOrganizationAssumed ? undefined : delivery.organization;
  const organization = agree(named, claims.organizationId);
  const projectId = agree(delivery.projectId, claims.projectId);
  const place = { organization: organization ?? delivery.organization, projectId };
  const issue = delivery.issue && { ...delivery.issue, ...place };
  const { transition } = delivery;
  return {
    ...delivery,
    ...place,
    issue,
    transition: transition && issue && { ...transition, issue },
    auth: { ...delivery.auth, ...claims.auth },
  };
}

/** What the token claims, unless the signed body says something else. */
function agree(signed: string | undefined, claimed: string | undefined): string | undefined {
  if (contradict(signed, claimed)) throw new DeliveryError('token_invalid', { detail: 'It is for another tenant.' });
  return claimed ?? signed;
}
