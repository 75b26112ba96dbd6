/** The guard of a fork that keeps none of the examples. */
export const firstGuard = `import { abstain, allow } from '../../kiket/decision.ts';
import type { Guard } from '../../kiket/extension.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/** Yours to fill in: it gets every transition, and its context. Until it says more, every move is allowed. */
export const firstGuard: Guard<GuardianSettings> = (transition, { settings }) =>
  entersProtectedStatus(transition, settings) ? allow() : abstain();
`;

/** Its test. */
export const firstGuardTest = `import { expect, test } from 'vitest';
import { firstGuard } from '../../src/extension/guards/firstGuard.ts';
import { abstain, allow } from '../../../kiket-express/src/extension/decision.ts';
import { createContext, transitionWith } from '../support/context.ts';

test('the first guard allows every move', async () => {
  const { context } = await createContext();
  expect(await firstGuard(transitionWith({ to: 'done' }), context)).toEqual(allow());
  expect(await firstGuard(transitionWith({ to: 'review' }), context)).toBe(abstain());
});
`;
