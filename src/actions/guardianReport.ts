import { type Action, success } from 'kiket-express';
import type { GuardianSettings } from '../settings.ts';

/** How far back the report looks, in days. */
const reportDays = 7;

/** Counts the project's decisions of the last week. */
export const guardianReport: Action<GuardianSettings> = async (
  { organization, subdomain, projectId, projectKey },
  { store, now },
) => {
  const since = new Date(now.getTime() - reportDays * 24 * 60 * 60 * 1000);
  const { allow, pending, deny } = await store.decisions.count(
    { organization, subdomain, projectId, projectKey },
    since,
  );
  return success(`Last ${reportDays} days: ${allow} allowed, ${pending} pending, ${deny} denied.`, {
    allow,
    pending,
    deny,
    since: since.toISOString(),
  });
};
