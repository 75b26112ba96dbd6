import { success } from 'kiket-express';
import { action } from '../settings.ts';

/** How far back the report looks, in days. */
const reportDays = 7;

/** Counts the project's decisions of the last week. */
export const decisionReport = action(async (input) => {
  const since = new Date(input.now.getTime() - reportDays * 24 * 60 * 60 * 1000);
  const { allow, pending, deny } = await input.decisions.count(input.delivery, since);
  const counts = { allow, pending, deny };
  const sentences = [`Last ${reportDays} days: ${allow} allowed, ${pending} pending, ${deny} denied.`];
  // example: override
  const overrides = await input.approvals.countOverrides(input.delivery, since);
  Object.assign(counts, { overrides });
  if (overrides > 0) sentences.push(`Overrides used: ${overrides}.`);
  // end
  return success(sentences.join(' '), { ...counts, since: since.toISOString() });
});
