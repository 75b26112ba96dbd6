import { success } from 'kiket-express';
import { action } from '../settings.ts';

/** How far back the report looks, in days. */
const reportDays = 7;

/** Counts the project's decisions of the last week. */
export const guardianReport = action(async ({ delivery, decisions, now }) => {
  const since = new Date(now.getTime() - reportDays * 24 * 60 * 60 * 1000);
  const { allow, pending, deny } = await decisions.count(delivery, since);
  return success(`Last ${reportDays} days: ${allow} allowed, ${pending} pending, ${deny} denied.`, {
    allow,
    pending,
    deny,
    since: since.toISOString(),
  });
});
