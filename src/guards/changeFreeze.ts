import { allow, deny } from 'kiket-express';
import { guard } from '../settings.ts';

/** Nothing enters a protected status during a change freeze. */
export const changeFreeze = guard(({ transition, settings, now }) => {
  // Windows that touch or overlap are one freeze.
  const windows = settings.freeze_windows.toSorted((one, other) => one.start - other.start);
  const asked = now.getTime();
  const frozenUntil = windows.reduce((until, { start, end }) => (start <= until && until < end ? end : until), asked);
  if (frozenUntil <= asked) return allow();
  const end = new Date(frozenUntil).toISOString();
  return deny(`Changes are frozen until ${end}. Move this issue to "${transition.to}" after that.`, {
    data: { frozen_until: end },
  });
});
