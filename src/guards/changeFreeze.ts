import { allow, deny, timeText } from 'kiket-express';
import { endOfWindows } from 'kiket-express/schedule';
import { guard } from '../settings.ts';

/** Nothing enters a protected status during a change freeze. */
export const changeFreeze = guard(({ transition, settings, now }) => {
  const end = endOfWindows(settings.freeze_windows, now);
  if (end === undefined) return allow();
  const when = timeText(end);
  return deny(`Changes are frozen until ${when}. Move this issue to "${transition.to}" after that.`, {
    data: { frozen_until: end.toInstant().toString(), passes: `after the freeze ends on ${when}` },
  });
});
