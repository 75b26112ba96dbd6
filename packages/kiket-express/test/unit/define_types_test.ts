import { expect, test } from 'vitest';
import * as z from 'zod';
import { allow, deny, success } from '../../src/extension/decision.ts';
import { extension } from '../../src/extension/define.ts';

/*
 * What an author cannot write. `tsc` checks this file: a line under `@ts-expect-error` that compiles is an error.
 */

const { guard, action, listener, define } = extension({
  settings: z.object({ required_approvals: z.int(), labels: z.array(z.string()) }),
  manifest: { events: ['issue.created'], actions: ['approve'], secrets: ['CHECKS_API_TOKEN'] },
});

const withoutActions = extension({ settings: z.object({}), manifest: { actions: [] } });

export const mistakes = [
  // @ts-expect-error no setting is called so
  guard(({ settings }) => allow({ data: { needed: settings.required_aprovals } })),
  // @ts-expect-error it is no text
  guard(({ settings }) => deny(settings.required_approvals)),
  // @ts-expect-error not declared
  guard(({ secret }) => deny(secret('CHECKS_TOKEN') ?? '')),
  // @ts-expect-error a forgotten return
  guard(() => {
    allow();
  }),
  // @ts-expect-error a return that is forgotten on one way
  guard(({ transition }) => {
    if (transition.to === 'done') return deny('No.');
  }),
  // @ts-expect-error a forgotten return behind await
  guard(async ({ transition }) => {
    await transition.issue.field('due');
  }),
  // @ts-expect-error no decision
  guard(() => true),
  // @ts-expect-error an action's answer is no decision
  guard(() => success('Done.')),
  // @ts-expect-error guards give no approvals
  guard(({ approvals }) => allow({ data: { give: approvals.give } })),
  // @ts-expect-error guards spend no approvals
  guard(({ approvals }) => allow({ data: { spend: approvals.spend } })),
  // @ts-expect-error guards write no rows
  guard(({ writeRow }) => allow({ data: { writeRow } })),
  // @ts-expect-error guards use no decisions
  guard(async ({ decisions }) => allow({ data: { decisions: decisions.use } })),
  // @ts-expect-error guards comment nothing
  guard(async ({ kiket }) => allow({ data: await kiket.issues.comment('ORD-42', 'No.') })),
  // @ts-expect-error guards post nothing
  guard(async ({ kiket }) => allow({ data: { posted: await kiket.post('/api/v1/ext/issues', {}) } })),
  // @ts-expect-error guards write no rows
  guard(async ({ kiket }) => allow({ data: { row: kiket.customData(7).create } })),
  // @ts-expect-error guards have no steps
  guard(({ step }) => allow({ data: { step } })),
  // @ts-expect-error the move is not theirs to change
  guard(({ transition }) => allow({ data: { to: (transition.issue.key = 'ORD-1') } })),
  // @ts-expect-error a decision is no action's answer
  action(() => allow()),
  // @ts-expect-error a forgotten return
  action(() => {}),
  // @ts-expect-error there may be no issue
  action(async ({ issue }) => success(String(await issue.field('due')))),
  // @ts-expect-error not declared
  listener(({ secret }) => void secret('CHECKS_TOKEN')),
  // @ts-expect-error a promise is always true
  define({ when: async () => false }),
  // @ts-expect-error "when" calls nobody
  define({ when: ({ kiket }) => kiket !== undefined }),
  // @ts-expect-error a promise is always true
  guard(() => allow(), { when: async () => false }),
  // @ts-expect-error no setting is called so
  guard(() => allow(), { when: ({ settings }) => settings.required_aprovals > 0 }),
  // @ts-expect-error a guard is no action
  define({ actions: { guard: guard(() => allow()) } }),
  // @ts-expect-error the manifest names no such action
  define({ actions: { aprove: action(() => success('Done.')) } }),
  // @ts-expect-error the manifest names no such event
  define({ listeners: { 'issue.updated': listener(() => {}) } }),
  // @ts-expect-error the manifest names no action at all
  withoutActions.define({ actions: { approve: withoutActions.action(() => success('Done.')) } }),
  // @ts-expect-error no table has that
  define({ gards: {} }),
  // @ts-expect-error another extension's guard wants other settings
  define({ guards: { other: extension({ settings: z.object({ other: z.string() }) }).guard(() => allow()) } }),
  // @ts-expect-error no secret is declared
  extension({ settings: z.object({}) }).guard(({ secret }) => deny(secret('ANY') ?? '')),
];

export const rightOnes = define({
  when: ({ transition, settings }) => settings.labels.includes(transition.to),
  guards: {
    plain: guard(({ settings, secret }) => deny(`${settings.required_approvals} ${secret('CHECKS_API_TOKEN') ?? ''}`)),
    late: guard(async ({ transition, approvals, kiket }) => {
      const given = await approvals.list(transition.issue);
      const { key } = await kiket.issues.get('ORD-42');
      return allow({ data: { key, given: given.length, due: await transition.issue.field('due') } });
    }),
    some: guard(() => deny('No.'), { when: ({ settings }) => settings.required_approvals > 0 }),
  },
  actions: {
    approve: action(async ({ approvals, issue, actor, kiket, step }) => {
      if (issue !== undefined) await approvals.give(issue, actor);
      await step('comment', (idempotencyKey) => kiket.issues.comment('ORD-42', 'Yes.', { idempotencyKey }));
      return success('Done.');
    }),
  },
  listeners: { 'issue.created': listener(({ log }) => log.info('Noted.')) },
});

/** Without a manifest's names any will do. */
const unnamed = extension({ settings: z.object({}) });
export const anyNames = unnamed.define({ actions: { any: unnamed.action(() => success('Done.')) } });

test('the right ones are a table', () => {
  expect(Object.keys(rightOnes.guards)).toEqual(['plain', 'late', 'some']);
});
