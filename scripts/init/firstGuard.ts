/** The guard of a fork that keeps none of the examples. */
export const firstGuard = `import { allow } from '../../kiket/decision.ts';
import type { Guard } from '../../kiket/extension.ts';
import type { GuardianSettings } from '../settings.ts';

/** Yours to fill in: it gets every transition, and its context. Until it says more, every move is allowed. */
export const firstGuard: Guard<GuardianSettings> = () => allow();
`;

/** Its test. */
export const firstGuardTest = `import { expect, test } from 'vitest';
import { firstGuard } from '../../src/extension/guards/firstGuard.ts';
import { allow } from '../../src/kiket/decision.ts';
import { createContext, transitionWith } from '../support/context.ts';

test('the first guard allows every move', async () => {
  const { context } = await createContext();
  expect(await firstGuard(transitionWith({ to: 'done' }), context)).toEqual(allow());
});
`;
