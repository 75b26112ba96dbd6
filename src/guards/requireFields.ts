import { allow, deny, isBlank, labelsOf } from 'kiket-express';
import { guard } from '../settings.ts';

/** An issue that enters a protected status has its required fields filled in. */
export const requireFields = guard(async ({ transition: { issue, to }, settings }) => {
  const missing = await blankFields(settings.required_fields, (name) => issue.field(name));
  if (missing.length === 0) return allow();
  return deny(`Fill in ${labelsOf(missing)} before moving this issue to "${to}".`, {
    data: { missing_fields: missing, passes: `with ${labelsOf(missing)} filled in` },
  });
});

/** The fields that are blank. */
export async function blankFields(
  names: readonly string[],
  read: (name: string) => Promise<unknown>,
): Promise<string[]> {
  const values = await Promise.all(names.map(read));
  return names.filter((_name, index) => isBlank(values[index]));
}
