import { allow, deny } from '../../kiket/decision.ts';
import type { Guard } from '../../kiket/extension.ts';
import { blankFields, unsentFields } from '../issueFields.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/** An issue that enters a protected status has its required fields filled in. */
export const requireFields: Guard<GuardianSettings> = (transition, { settings }) => {
  if (!entersProtectedStatus(transition, settings)) return allow();
  const missing = blankFields(transition.issue, settings.required_fields);
  if (missing.length === 0) return allow();
  const sentences = [`Fill in ${missing.join(', ')} before this issue moves to "${transition.to}".`];
  const unsent = unsentFields(transition.issue, missing);
  if (unsent.length > 0) sentences.push(`Kiket did not send ${unsent.join(', ')}.`);
  return deny(sentences.join(' '), { data: { missing_fields: missing } });
};
