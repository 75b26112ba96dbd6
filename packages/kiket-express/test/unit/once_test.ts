import { createHash } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { deliveryKeys, runOnce, type OnceOptions } from '../../src/extension/once.ts';
import type { Answer } from '../../src/extension/decision.ts';
import { parseDelivery } from '../../src/receive/parse.ts';
import { DeliveryError } from '../../src/errors.ts';
import type { Deliveries } from '../../src/store/store.ts';
import { noon } from '../../src/testing/kiket.ts';
import { openMemoryStore } from '../support/memoryStore.ts';

/** The keys of a body, under these headers. */
function keysOf(payload: object, signedTimestamp?: string, deliveryId?: string) {
  const body = Buffer.from(JSON.stringify(payload));
  const hints = { deliveryId, invocationId: deliveryId };
  const defaults = { apiVersion: 'v1', commandEvents: new Map<string, string>(), organization: undefined };
  return deliveryKeys(parseDelivery(body, hints, defaults), { body, signedTimestamp });
}

describe('the keys of a delivery', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const token = { authentication: { runtime_token: 'rt_1' } };

  test.each<[string, object, string | undefined, ('id' | 'body' | 'signed')[]]>([
    ['a bare body, of which there may be two', {}, undefined, []],
    ['an id in the signed body', { id: 'evt_1' }, undefined, ['id', 'body']],
    ['a token in it', token, undefined, ['body']],
    ['the end of a token in it', { authentication: { expires_at: 'soon' } }, undefined, ['body']],
    ['a time in it', { occurred_at: noon.toISOString() }, undefined, ['body']],
    ['a signed timestamp', {}, '1772452800', ['signed']],
    ['a signed timestamp around a body that identifies it', token, '1772452800', ['body']],
  ])('with %s', (_what, differences, signedTimestamp, kinds) => {
    const payload = { event: 'issue.created', ...differences };
    const text = JSON.stringify(payload);
    const keys = {
      id: expect.stringMatching(/^id:[0-9a-f]{64}$/) as string,
      body: `body:${sha256(text)}`,
      signed: `signed:${sha256(`${signedTimestamp}.${text}`)}`,
    };
    expect(keysOf(payload, signedTimestamp)).toEqual(kinds.map((kind) => keys[kind]));
  });
});

describe('two signed bodies', () => {
  const move = {
    id: 'evt_1',
    event: 'issue.transitioned',
    issue: { id: 42, key: 'ORD-42' },
    transition: { from: 'review', to: 'done' },
    occurred_at: '2026-03-02T12:00:00Z',
    project: { id: 7, key: 'ORD' },
  };
  const moveBy = (id: number) => ({ ...move, transition: { ...move.transition, performed_by: { id } } });
  const token = (text: string) => ({ authentication: { runtime_token: text } });
  const bare = { event: 'issue.transitioned', issue: { id: 42 }, transition: { to: 'done' } };
  const action = { action_key: 'approve_transition', context: { issue: { id: 42 }, user: { id: 19 } } };

  /** Whether a body is a repeat of another, each under headers and a signed timestamp of its own. */
  function isRepeat(one: object, other: object, [seconds, otherSeconds] = ['1', '2'], header = ['dlv_1', 'dlv_2']) {
    const seen = keysOf(one, seconds, header[0]);
    return keysOf(other, otherSeconds, header[1]).some((key) => seen.includes(key));
  }

  test.each<[string, object, object]>([
    ['are the same to the byte', move, move],
    ['have one id and two tokens', { ...move, ...token('rt_1') }, { ...move, ...token('rt_2') }],
    ['have one token and no id', { ...bare, ...token('rt_1') }, { ...bare, ...token('rt_1') }],
  ])('are one delivery if they %s', (_what, one, other) => {
    expect(isRepeat(one, other)).toBe(true);
  });

  test.each<[string, object, object]>([
    ['have two ids', move, { ...move, id: 'evt_2' }],
    ['have one id and two issues', move, { ...move, issue: { id: 43, key: 'ORD-43' } }],
    ['have one id and two keys', move, { ...move, issue: { id: 42, key: 'ORD-43' } }],
    ['have one id and two targets', move, { ...move, transition: { from: 'review', to: 'released' } }],
    ['have one id and two origins', move, { ...move, transition: { from: 'backlog', to: 'done' } }],
    ['have one id and two movers', moveBy(19), moveBy(23)],
    ['have one id and happened twice', move, { ...move, occurred_at: '2026-03-02T12:00:01Z' }],
    ['have one id and were made twice', { ...bare, id: 'e', createdAt: '1' }, { ...bare, id: 'e', createdAt: '2' }],
    ["give the issue's id for theirs", { ...bare, id: 42, n: 1 }, { ...bare, id: '42', n: 2 }],
    ["give the issue's key", { ...move, id: 'ORD-42', n: 1 }, { ...move, id: 'ORD-42', n: 2 }],
    ["give the project's id", { ...move, id: 7, n: 1 }, { ...move, id: 7, n: 2 }],
    ["give the project's key", { ...move, id: 'ORD', n: 1 }, { ...move, id: 'ORD', n: 2 }],
    ["say nothing that another could not, like the issue's id", { ...bare, id: 42 }, { ...bare, id: 42 }],
    ['press a button twice', { ...action, ...token('rt_1') }, { ...action, ...token('rt_2') }],
    ["press a button with one parameter called 'id'", { ...action, id: 1, n: 1 }, { ...action, id: 1, n: 2 }],
    ['say nothing that tells them apart but when they were signed', bare, bare],
  ])('are two deliveries, whatever their headers say, if they %s', (_what, one, other) => {
    expect(isRepeat(one, other, ['1', '2'], ['dlv_1', 'dlv_1'])).toBe(false);
  });
});

describe('running a handler once', () => {
  const answer: Answer = { httpStatus: 200, body: { status: 'success' }, outcome: 'success' };
  const deadline = new DeliveryError('deadline_exceeded');
  const failed = new DeliveryError('store_unavailable');
  const broken = new Error('broken');
  const never = () => new Promise<never>(() => {});

  /** Over a store of which some calls do what a test says. */
  async function optionsOver(calls: Partial<Deliveries>, keys = ['id:evt_1']): Promise<OnceOptions> {
    const { deliveries } = await openMemoryStore();
    const delivery = { organization: '3', event: 'issue.created', keys };
    const { signal } = new AbortController();
    return { deliveries: { ...deliveries, ...calls }, delivery, now: noon, signal };
  }

  test.each<[string, string[], Partial<Deliveries>, number]>([
    ['the work of a delivery', ['id:evt_1'], {}, 1],
    ['the work of a delivery by which no repeat can be known', [], {}, 1],
    ['the store, and then runs nothing', ['id:evt_1'], { claim: never }, 0],
  ])('throws at the deadline while it waits for %s', async (_what, keys, calls, runs) => {
    const controller = new AbortController();
    const run = vi.fn<() => Promise<Answer>>(never);
    const waiting = runOnce({ ...(await optionsOver(calls, keys)), signal: controller.signal }, run);
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(runs));
    controller.abort(deadline);
    await expect(waiting).rejects.toBe(deadline);
    expect(run).toHaveBeenCalledTimes(runs);
  });

  test.each<[string, Partial<Deliveries>, Error | undefined, Error, number]>([
    ['runs nothing if the store cannot be reached', { claim: () => Promise.reject(failed) }, undefined, failed, 0],
    ['fails if the answer cannot be kept', { complete: () => Promise.reject(failed) }, undefined, failed, 1],
    ['throws why a run failed, even if that is not kept', { release: () => Promise.reject(failed) }, broken, broken, 1],
  ])('%s', async (_what, calls, thrown, expected, runs) => {
    const run = vi.fn<() => Promise<Answer>>(() =>
      thrown === undefined ? Promise.resolve(answer) : Promise.reject(thrown),
    );
    await expect(runOnce(await optionsOver(calls), run)).rejects.toBe(expected);
    expect(run).toHaveBeenCalledTimes(runs);
  });
});
