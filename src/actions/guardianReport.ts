import { success } from 'kiket-express';
import { action } from '../settings.ts';

/** How far back the report looks, in days. */
const reportDays = 7;

/** Counts the project's decisions of the last week. */
export const guardianReport = action(async (input) => {
  const { delivery, decisions, now } = input;
  const since = new Date(now.getTime() - reportDays * 24 * 60 * 60 * 1000);
  const { allow, pending, deny } = await decisions.count(delivery, since);
  const counts = { allow, pending, deny };
  const sentences = [`Last ${reportDays} days: ${allow} allowed, ${pending} pending, ${deny} denied.`];
  // example: override
  const overrides = await input.approvals.countOverrides(delivery, since);
  Object.assign(counts, { overrides });
  if (overrides > 0) sentences.push(`Overrides used: ${overrides}.`);
  // end
  return success(sentences.join(' '), { ...counts, since: since.toISOString() });
});
