import type * as z from 'zod';
import request from 'supertest';
import { expect, test } from 'vitest';
import {
  actionAnswerSchema,
  decisionSchema,
  errorAnswerSchema,
  ignoredAnswerSchema,
  success,
} from '../../src/extension/decision.ts';
import { extension } from '../fixture/src/extension.ts';
import { createKiket } from '../../src/server/kiket.ts';
import { createGuardian } from '../support/guardian.ts';
import { defer } from '../support/defer.ts';

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

test('the answer of a delivery in progress is exactly what its exported schema says', async () => {
  const [started, finish] = [defer(), defer()];
  const { deliver } = await createGuardian({
    extension: {
      ...extension,
      actions: {
        guardian_report: async () => {
          started.resolve();
          await finish.promise;
          return success('Done.');
        },
      },
    },
  });
  const first = deliver(report).then((response) => response.status);
  await started.promise;
  const { body } = (await deliver(report)) as { body: unknown };
  finish.resolve();
  expect(errorAnswerSchema.parse(body)).toEqual(body);
  expect(await first).toBe(200);
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
