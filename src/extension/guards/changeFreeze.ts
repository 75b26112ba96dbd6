import { allow, deny } from '../../kiket/decision.ts';
import type { Guard } from '../../kiket/extension.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/** Nothing enters a protected status during a change freeze. */
export const changeFreeze: Guard<GuardianSettings> = (transition, { settings, now }) => {
  if (!entersProtectedStatus(transition, settings)) return allow();
  const open = settings.freeze_windows.filter(({ start, end }) => start <= now && now < end);
  if (open.length === 0) return allow();
  const end = new Date(Math.max(...open.map((window) => window.end.getTime()))).toISOString();
  return deny(`Changes are frozen until ${end}. Move this issue to "${transition.to}" after that.`, {
    data: { frozen_until: end },
  });
};
