import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Handler } from '../../src/receive/answer.ts';
import type { OpenKiket } from '../../src/server/open.ts';
import { lambdaHandler, type LambdaContext } from '../../src/serverless/lambda.ts';
import { createServerless, type HttpEvent } from '../../src/serverless/serverless.ts';
import { extension } from '../fixture/src/extension.ts';

/** What the instance opens: it answers at once, over no database. */
const opened = {
  handle: ((request, response) => void response.end(JSON.stringify({ url: request.url }))) satisfies Handler,
  settle: vi.fn<OpenKiket['settle']>(),
  prune: vi.fn<OpenKiket['prune']>(),
};
const openKiket = vi.fn<() => Promise<OpenKiket>>();
const create = () => createServerless({ root: '', extension }, {}, openKiket as never);

const event: HttpEvent = {
  version: '2.0',
  requestContext: { http: { method: 'GET' } },
  rawPath: '/',
  rawQueryString: '',
  headers: {},
  isBase64Encoded: false,
};

beforeEach(() => {
  vi.resetAllMocks();
  openKiket.mockResolvedValue(opened as unknown as OpenKiket);
});

test('what goes on behind an answer gets a second, and never more than the host has left', async () => {
  const answer = create();
  expect((await answer(event)).statusCode).toBe(200);
  expect(opened.settle).toHaveBeenLastCalledWith(1_000);
  await answer(event, performance.now() + 400);
  expect(opened.settle.mock.lastCall?.[0]).toBeLessThanOrEqual(400);
});

test('an instance deletes what is too old behind its first answer, and then once an hour', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const answer = create();
  for (const [minutes, times] of [
    [0, 1],
    [0, 1],
    [59, 1],
    [1, 2],
    [1, 2],
  ] as const) {
    vi.setSystemTime(Date.now() + minutes * 60_000);
    await answer(event);
    expect(opened.prune).toHaveBeenCalledTimes(times);
  }
});

test('an answer does not wait for rows that cannot be deleted in time', async () => {
  opened.prune.mockReturnValue(new Promise(() => {}));
  const answered = create()(event, performance.now() + 300);
  await expect(answered).resolves.toMatchObject({ statusCode: 200 });
  expect(opened.prune.mock.lastCall?.[0]?.aborted).toBe(true);
});

test('a body that stalls is refused when the time for an answer is over', async () => {
  const answered = create()(new Promise(() => {}), performance.now() + 1_600);
  const { statusCode, headers, body } = await answered;
  expect([statusCode, JSON.parse(body)]).toMatchObject([400, { error: { code: 'body_incomplete' } }]);
  expect(headers).not.toHaveProperty('retry-after');
  expect(openKiket).not.toHaveBeenCalled();
});

test('an instance that cannot be opened says when to come again', async () => {
  openKiket.mockRejectedValue(new Error('no database'));
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => stderr.mockRestore());
  const { statusCode, headers } = await create()(event);
  expect([statusCode, headers]).toMatchObject([503, { 'retry-after': '1' }]);
});

describe('the handler of Lambda', () => {
  const on = (rawPath: string, stage: string) =>
    ({ ...event, rawPath, requestContext: { ...event.requestContext, stage } }) as unknown as HttpEvent;

  test.each([
    ['none', []],
    ['an empty one', [{}]],
    ['one that has no remaining time', [{ functionName: 'webhook-guardian' }]],
    ['one that has it', [{ getRemainingTimeInMillis: () => 15_000 }]],
  ] as [string, [LambdaContext?]][])('answers whatever context it gets: %s', async (_what, context) => {
    expect(await lambdaHandler(create())(on('/webhook', '$default'), ...context)).toMatchObject({ statusCode: 200 });
  });

  test.each([
    ['/prod/webhook', 'prod', '/webhook'],
    ['/prod/', 'prod', '/'],
    ['/prod', 'prod', '/'],
    ['/prod/prod/webhook', 'prod', '/prod/webhook'],
    // A domain of one's own has no stage in its paths.
    ['/webhook', 'prod', '/webhook'],
    ['/production', 'prod', '/production'],
    ['/webhook', '$default', '/webhook'],
    ['/', '$default', '/'],
    ['/webhook', '', '/webhook'],
  ])('takes %s of the stage %j for %s', async (path, stage, url) => {
    const { body } = (await lambdaHandler(create())(on(path, stage))) as { body: string };
    expect(JSON.parse(body)).toEqual({ url });
  });
});

test.each([null, undefined, 'text', 5, [], { rawPath: {} }, { rawPath: null }])(
  'an event that is %j gets an answer',
  async (given) => {
    const log = { error: vi.fn<() => void>() };
    openKiket.mockResolvedValue({ ...opened, log } as unknown as OpenKiket);
    await expect(lambdaHandler(create())(given as never)).resolves.toMatchObject({
      statusCode: expect.any(Number) as unknown,
    });
  },
);
