import { abstain, allow, type Context, type Decision, deny, type Guard, type Transition } from 'kiket-express';
import { blankFields, knownFields, unsentFields } from '../issueFields.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/** An issue that enters a protected status has its required fields filled in. Kiket is asked for those it did not send. */
export const requireFields: Guard<GuardianSettings> = (transition, context) =>
  entersProtectedStatus(transition, context.settings) ? lookAtFields(transition, context) : abstain();

async function lookAtFields({ issue, to }: Transition, context: Context<GuardianSettings>): Promise<Decision> {
  const required = context.settings.required_fields;
  const fields = await knownFields(issue, required, context);
  const missing = blankFields({ fields }, required);
  if (missing.length === 0) return allow();
  const unknown = unsentFields({ fields }, missing);
  const sentences = [`Fill in ${missing.join(', ')} before this issue moves to "${to}".`];
  if (unknown.length > 0) sentences.push(`Kiket did not send ${unknown.join(', ')}.`);
  return deny(sentences.join(' '), { data: { missing_fields: missing } });
}
