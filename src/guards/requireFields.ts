import { allow, deny, isBlank } from 'kiket-express';
import { guard } from '../settings.ts';

/** An issue that enters a protected status has its required fields filled in. */
export const requireFields = guard(async ({ transition: { issue, to }, settings }) => {
  const values = await Promise.all(settings.required_fields.map((name) => issue.field(name)));
  const missing = settings.required_fields.filter((_name, index) => isBlank(values[index]));
  if (missing.length === 0) return allow();
  return deny(`Fill in ${missing.join(', ')} before moving this issue to "${to}".`, {
    data: { missing_fields: missing },
  });
});
