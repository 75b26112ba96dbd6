import type * as z from 'zod';
import request from 'supertest';
import { expect, test } from 'vitest';
import {
  actionAnswerSchema,
  decisionSchema,
  errorAnswerSchema,
  ignoredAnswerSchema,
} from '../../src/extension/decision.ts';
import { createKiket } from '../../src/server/kiket.ts';
import { createGuardian } from '../support/guardian.ts';

const move = { event: 'workflow.before_transition', issue: { id: 42 }, transition: { to: 'done' } };
const report = { action_key: 'guardian_report', organization_id: 3, context: { project: { id: 7 } } };

test.each<[string, unknown, z.ZodType]>([
  ['a decision', move, decisionSchema],
  ['an action', report, actionAnswerSchema],
  ['an unknown action', { ...report, action_key: 'none' }, actionAnswerSchema],
  ['a listener', { event: 'issue.created', issue: { id: 42 } }, actionAnswerSchema],
  ['an event that nobody listens to', { event: 'board.refreshed' }, ignoredAnswerSchema],
  ['a rejection', [], errorAnswerSchema],
])('the answer of %s is exactly what its exported schema says', async (_what, payload, schema) => {
  const { deliver } = await createGuardian();
  const { body } = (await deliver(payload)) as { body: unknown };
  expect(schema.parse(body)).toEqual(body);
});

test('where even answering fails, the connection is broken', async () => {
  const { dependencies } = await createGuardian();
  const broken = () => {
    throw new Error('broken');
  };
  const log = Object.assign(dependencies.log.child({}), { error: broken });
  const { metrics: read } = createKiket({ ...dependencies, metrics: { ...dependencies.metrics, read: broken }, log });
  await expect(request(read).get('/metrics')).rejects.toThrow('socket hang up');
});
