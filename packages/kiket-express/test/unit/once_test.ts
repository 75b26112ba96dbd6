import { createHash } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { deliveryKeys, runOnce, type OnceOptions } from '../../src/extension/once.ts';
import type { Answer } from '../../src/extension/decision.ts';
import type { Delivery } from '../../src/delivery.ts';
import { parseDelivery } from '../../src/receive/parse.ts';
import { DeliveryError, problems } from '../../src/errors.ts';
import { leaseMs } from '../../src/store/deliveries.ts';
import { after, deliveryWith, handledAt, openMemoryStore } from '../support/context.ts';
import { defer } from '../support/defer.ts';

describe('the keys of a delivery', () => {
  const body = Buffer.from('{"event":"issue.created"}');
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const bodyKey = `body:${sha256('{"event":"issue.created"}')}`;
  const signedKey = `signed:${sha256('1772452800.{"event":"issue.created"}')}`;
  const auth = { runtimeToken: 'rt_1', tokenType: 'runtime', expiresAt: null, scopes: [] };

  const idKey = expect.stringMatching(/^id:[0-9a-f]{64}$/) as string;

  test.each<[string, Partial<Delivery>, string | undefined, string[]]>([
    ['a bare body, of which there may be two', {}, undefined, []],
    ['an id in the signed body', { signedId: 'evt_1' }, undefined, [idKey, bodyKey]],
    ['a token in it', { auth }, undefined, [bodyKey]],
    ['the end of a token in it', { auth: { ...auth, runtimeToken: '', expiresAt: 'soon' } }, undefined, [bodyKey]],
    ['a time in it', { occurredAt: handledAt }, undefined, [bodyKey]],
    ['a signed timestamp', {}, '1772452800', [signedKey]],
    ['a signed timestamp around a body that identifies it', { auth }, '1772452800', [bodyKey]],
  ])('with %s', (_what, differences, signedTimestamp, keys) => {
    expect(deliveryKeys(deliveryWith(differences), { body, signedTimestamp })).toEqual(keys);
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
    const keysOf = (payload: object, signedTimestamp: string | undefined, deliveryId: string | undefined) => {
      const bytes = Buffer.from(JSON.stringify(payload));
      const hints = { deliveryId, invocationId: deliveryId };
      const defaults = { apiVersion: 'v1', commandEvents: new Map<string, string>(), organization: undefined };
      return deliveryKeys(parseDelivery(bytes, hints, defaults), { body: bytes, signedTimestamp });
    };
    const seen = keysOf(one, seconds, header[0]);
    return keysOf(other, otherSeconds, header[1]).some((key) => seen.includes(key));
  }

  test.each<[string, object, object]>([
    ['are the same to the byte', move, move],
    ['have one id and two tokens', { ...move, ...token('rt_1') }, { ...move, ...token('rt_2') }],
    ['have one id and were sent twice', { ...move, received_at: '1' }, { ...move, received_at: '2' }],
    ['have one id and count attempts', { ...move, attempt: 1 }, { ...move, attempt: 2 }],
    ['have one token and no id', { ...bare, ...token('rt_1') }, { ...bare, ...token('rt_1') }],
    ['press a button with one token', { ...action, ...token('rt_1') }, { ...action, ...token('rt_1') }],
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
    ['have two tokens and no id', { ...bare, ...token('rt_1') }, { ...bare, ...token('rt_2') }],
    ['press a button twice', { ...action, ...token('rt_1') }, { ...action, ...token('rt_2') }],
    ["press a button with one parameter called 'id'", { ...action, id: 1, n: 1 }, { ...action, id: 1, n: 2 }],
    ['say nothing that tells them apart but when they were signed', bare, bare],
  ])('are two deliveries, whatever their headers say, if they %s', (_what, one, other) => {
    expect(isRepeat(one, other, ['1', '2'], ['dlv_1', 'dlv_1'])).toBe(false);
  });
});

describe('running a handler once', () => {
  const answer: Answer = {
    httpStatus: 200,
    body: { status: 'success', message: 'Done.', data: {} },
    outcome: 'success',
  };
  const inProgress: Answer = {
    httpStatus: 503,
    body: { error: { code: 'delivery_in_progress', message: problems.delivery_in_progress.message } },
    outcome: 'delivery_in_progress',
    repeated: true,
  };
  const deadline = new DeliveryError('deadline_exceeded');

  async function optionsOver({
    keys = ['id:evt_1', 'body:a'],
    ...differences
  }: Partial<OnceOptions> & { keys?: readonly string[] } = {}): Promise<OnceOptions> {
    const { deliveries } = await openMemoryStore();
    return {
      deliveries,
      delivery: { organization: '3', event: 'issue.created', keys },
      now: handledAt,
      signal: new AbortController().signal,
      ...differences,
    };
  }

  const running = () => vi.fn<() => Promise<Answer>>(async () => answer);

  test('answers a repeat with the first answer, and runs nothing', async () => {
    const options = await optionsOver();
    const [first, second] = [running(), running()];
    expect(await runOnce(options, first)).toStrictEqual(answer);
    const repeat = {
      ...options,
      delivery: { ...options.delivery, keys: ['id:evt_2', 'body:a'] },
      now: after(60_000),
    };
    expect(await runOnce(repeat, second)).toStrictEqual({ ...answer, repeated: true });
    expect([first, second].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  });

  test('answers a repeat that the first run is in progress', async () => {
    const options = await optionsOver();
    const work = defer<Answer>();
    const started = defer();
    const first = runOnce(options, () => {
      started.resolve();
      return work.promise;
    });
    await started.promise;
    const second = running();
    expect(await runOnce(options, second)).toStrictEqual(inProgress);
    expect(second).not.toHaveBeenCalled();
    work.resolve(answer);
    expect(await first).toStrictEqual(answer);
    expect(await runOnce(options, second)).toStrictEqual({ ...answer, repeated: true });
  });

  test('runs again when the first run died and its lease is over', async () => {
    const options = await optionsOver();
    await options.deliveries.claim(options.delivery, handledAt);
    expect(await runOnce({ ...options, now: after(leaseMs - 1) }, running())).toStrictEqual(inProgress);
    expect(await runOnce({ ...options, now: after(leaseMs) }, running())).toStrictEqual(answer);
  });

  test('runs again after a run that failed', async () => {
    const options = await optionsOver();
    await expect(runOnce(options, () => Promise.reject(new Error('broken')))).rejects.toThrow(new Error('broken'));
    expect(await runOnce(options, running())).toStrictEqual(answer);
  });

  test('runs every time if there is nothing to know a repeat by', async () => {
    const options = await optionsOver({ keys: [] });
    const run = running();
    expect([await runOnce(options, run), await runOnce(options, run)]).toStrictEqual([answer, answer]);
    expect(run).toHaveBeenCalledTimes(2);
  });

  test.each([
    ['organization', { organization: '4', event: 'issue.created' }],
    ['event', { organization: '3', event: 'issue.updated' }],
  ])('does not take a delivery of another %s for a repeat', async (_what, delivery) => {
    const options = await optionsOver();
    await runOnce(options, running());
    const elsewhere = { ...options.delivery, ...delivery };
    expect(await runOnce({ ...options, delivery: elsewhere }, running())).toStrictEqual(answer);
  });

  test('throws at the deadline, but the run goes on and its answer is kept', async () => {
    const options = await optionsOver();
    const controller = new AbortController();
    const [started, work, completed] = [defer(), defer<Answer>(), defer()];
    const deliveries: OnceOptions['deliveries'] = {
      ...options.deliveries,
      complete: async (claim, text) => {
        await options.deliveries.complete(claim, text);
        completed.resolve();
      },
    };
    const first = runOnce({ ...options, deliveries, signal: controller.signal }, () => {
      started.resolve();
      return work.promise;
    });
    await started.promise;
    controller.abort(deadline);
    await expect(first).rejects.toBe(deadline);
    expect(await runOnce(options, running())).toStrictEqual(inProgress);
    work.resolve(answer);
    await completed.promise;
    expect(await runOnce(options, running())).toStrictEqual({ ...answer, repeated: true });
  });

  test('throws at the deadline, and a run that fails after it is forgotten', async () => {
    const options = await optionsOver();
    const controller = new AbortController();
    const [started, work, released] = [defer(), defer<Answer>(), defer()];
    const deliveries: OnceOptions['deliveries'] = {
      ...options.deliveries,
      release: async (claim) => {
        await options.deliveries.release(claim);
        released.resolve();
      },
    };
    const first = runOnce({ ...options, deliveries, signal: controller.signal }, () => {
      started.resolve();
      return work.promise;
    });
    await started.promise;
    controller.abort(deadline);
    await expect(first).rejects.toBe(deadline);
    work.reject(new Error('broken'));
    await released.promise;
    expect(await runOnce(options, running())).toStrictEqual(answer);
  });

  test.each([
    ['with keys', ['id:evt_1']],
    ['without keys', []],
  ])('throws at the deadline of a run %s', async (_what, keys) => {
    const controller = new AbortController();
    const options = await optionsOver({ keys, signal: controller.signal });
    const started = defer();
    const waiting = runOnce(options, () => {
      started.resolve();
      return new Promise(() => {});
    });
    await started.promise;
    controller.abort(deadline);
    await expect(waiting).rejects.toBe(deadline);
  });

  test('throws at the deadline while it waits for the store, and runs nothing', async () => {
    const controller = new AbortController();
    const options = await optionsOver({ signal: controller.signal });
    const deliveries: OnceOptions['deliveries'] = { ...options.deliveries, claim: () => new Promise(() => {}) };
    const run = running();
    const waiting = runOnce({ ...options, deliveries }, run);
    controller.abort(deadline);
    await expect(waiting).rejects.toBe(deadline);
    expect(run).not.toHaveBeenCalled();
  });

  test('runs nothing if the store cannot be reached', async () => {
    const options = await optionsOver();
    const failed = new DeliveryError('store_unavailable');
    const deliveries: OnceOptions['deliveries'] = { ...options.deliveries, claim: () => Promise.reject(failed) };
    const run = running();
    await expect(runOnce({ ...options, deliveries }, run)).rejects.toBe(failed);
    expect(run).not.toHaveBeenCalled();
  });

  test('fails if the answer cannot be kept, so that Kiket delivers it again', async () => {
    const options = await optionsOver();
    const failed = new DeliveryError('store_unavailable');
    const deliveries: OnceOptions['deliveries'] = { ...options.deliveries, complete: () => Promise.reject(failed) };
    await expect(runOnce({ ...options, deliveries }, running())).rejects.toBe(failed);
  });

  test('throws the reason a run failed even if the store cannot forget it', async () => {
    const options = await optionsOver();
    const failed = new DeliveryError('store_unavailable');
    const deliveries: OnceOptions['deliveries'] = { ...options.deliveries, release: () => Promise.reject(failed) };
    const broken = () => Promise.reject(new Error('broken'));
    await expect(runOnce({ ...options, deliveries }, broken)).rejects.toThrow('broken');
  });
});
