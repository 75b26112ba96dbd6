import { createHash } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { deliveryKeys, runOnce, type OnceOptions } from '../../src/kiket/dedupe.ts';
import type { Answer } from '../../src/kiket/decision.ts';
import type { Delivery } from '../../src/kiket/delivery.ts';
import type { DeliveryHints } from '../../src/kiket/eventName.ts';
import { DeliveryError } from '../../src/kiket/errors.ts';
import { leaseMs } from '../../src/store/deliveries.ts';
import { after, deliveryWith, handledAt, openMemoryStore } from '../support/context.ts';
import { defer } from '../support/defer.ts';

describe('the keys of a delivery', () => {
  const body = Buffer.from('{"event":"issue.created"}');
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const bodyKey = `body:${sha256('{"event":"issue.created"}')}`;
  const signedKey = `signed:${sha256('1772452800.{"event":"issue.created"}')}`;
  const auth = { runtimeToken: 'rt_1', tokenType: 'runtime', expiresAt: null, scopes: [] };

  test.each<[string, Partial<Delivery>, DeliveryHints, string | undefined, string[]]>([
    ['a bare body, of which there may be two', {}, {}, undefined, []],
    ['an id in the signed body', { signedId: 'evt_1' }, {}, undefined, ['id:evt_1', bodyKey]],
    ['a token in it', { auth }, {}, undefined, [bodyKey]],
    ['a time in it', { occurredAt: handledAt }, {}, undefined, [bodyKey]],
    ['a signed timestamp', {}, {}, '1772452800', [signedKey]],
    ['a delivery header', {}, { deliveryId: 'd1' }, undefined, ['delivery:d1']],
    ['an invocation header', {}, { invocationId: 'i1' }, undefined, ['invocation:i1']],
    [
      'everything',
      { signedId: 'evt_1', auth, occurredAt: handledAt },
      { deliveryId: 'd1', invocationId: 'i1', headerEvent: 'issue.created', organization: '3' },
      '1772452800',
      ['id:evt_1', 'delivery:d1', 'invocation:i1', bodyKey, signedKey],
    ],
  ])('with %s', (_what, differences, hints, signedTimestamp, keys) => {
    expect(deliveryKeys(deliveryWith(differences), hints, { body, signedTimestamp })).toEqual(keys);
  });

  test('differ between two bodies and between two times of signing', () => {
    const keysOf = (text: string, signedTimestamp: string) =>
      deliveryKeys(deliveryWith({ signedId: 'evt_1' }), {}, { body: Buffer.from(text), signedTimestamp });
    expect(keysOf('{"a":1}', '1')).toEqual(['id:evt_1', `body:${sha256('{"a":1}')}`, `signed:${sha256('1.{"a":1}')}`]);
    expect(keysOf('{"a":1}', '2')).toEqual(['id:evt_1', `body:${sha256('{"a":1}')}`, `signed:${sha256('2.{"a":1}')}`]);
    expect(keysOf('{"a":2}', '1')).toEqual(['id:evt_1', `body:${sha256('{"a":2}')}`, `signed:${sha256('1.{"a":2}')}`]);
  });
});

describe('running a handler once', () => {
  const answer: Answer = {
    httpStatus: 200,
    body: { status: 'success', message: 'Done.', data: {} },
    outcome: 'success',
  };
  const inProgress: Answer = {
    httpStatus: 202,
    body: { status: 'in_progress' },
    outcome: 'in_progress',
    repeated: true,
  };
  const deadline = new DeliveryError('deadline_exceeded');

  async function optionsOver(differences: Partial<OnceOptions> = {}): Promise<OnceOptions> {
    const { deliveries } = await openMemoryStore();
    return {
      deliveries,
      delivery: { organization: '3', event: 'issue.created' },
      keys: ['id:evt_1', 'body:a'],
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
    const repeat = { ...options, keys: ['delivery:new', 'body:a'], now: after(60_000) };
    expect(await runOnce(repeat, second)).toStrictEqual({ ...answer, repeated: true });
    expect([first, second].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  });

  test('tells a repeat that the first run is going', async () => {
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
    await options.deliveries.claim({ ...options.delivery, keys: options.keys }, handledAt);
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
    ['organisation', { organization: '4', event: 'issue.created' }],
    ['event', { organization: '3', event: 'issue.updated' }],
  ])('does not take a delivery of another %s for a repeat', async (_what, delivery) => {
    const options = await optionsOver();
    await runOnce(options, running());
    expect(await runOnce({ ...options, delivery }, running())).toStrictEqual(answer);
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

  // A cycle or a bigint among an action's data gets past its schema.
  test('runs again after a run whose answer cannot be kept as text', async () => {
    const options = await optionsOver();
    const unwritable = async () => ({ ...answer, body: { count: 3n } });
    await expect(runOnce(options, unwritable)).rejects.toThrow(TypeError);
    expect(await runOnce(options, running())).toStrictEqual(answer);
  });

  test('tells why a run failed even if the store cannot forget it', async () => {
    const options = await optionsOver();
    const failed = new DeliveryError('store_unavailable');
    const deliveries: OnceOptions['deliveries'] = { ...options.deliveries, release: () => Promise.reject(failed) };
    const broken = () => Promise.reject(new Error('broken'));
    await expect(runOnce({ ...options, deliveries }, broken)).rejects.toThrow('broken');
  });
});
