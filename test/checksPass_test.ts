import { askGuard, type Reply, type Respond } from 'kiket-express/testing';
import { describe, expect, test } from 'vitest';
import { checksPass } from '../src/guards/checksPass.ts';
import { settingsWith, startApi } from './support.ts';

/** Asks the guard, and the status API answers so. */
async function ask(respond: Respond | readonly Reply[], given: Partial<Parameters<typeof askGuard>[1]> = {}) {
  const { url, calls } = await startApi(respond);
  const settings = settingsWith({ checks_url: `${url}/commits/{issue}/status` });
  const secrets = { CHECKS_API_TOKEN: 'token' };
  const decision = askGuard(checksPass, { secrets, ...given, settings });
  return { decision, calls };
}

/** Checks in the form of GitHub's combined status. */
const statuses = (states: Record<string, string>): Reply[] => [
  { body: { statuses: Object.entries(states).map(([context, state]) => ({ context, state, id: 1 })) } },
];

const success = { context: 'build', state: 'success' };
const green: Reply = { body: { state: 'success', total_count: 1, statuses: [success] } };

describe('checksPass', () => {
  test.each([
    [
      'that are all green allow',
      { build: 'success', lint: 'success' },
      { status: 'allow', metadata: { checks: { red: [], running: [], green: ['build', 'lint'] } } },
    ],
    [
      'of which one is red deny, and say which',
      { build: 'success', lint: 'failure', deploy: 'error', test: 'pending' },
      { status: 'deny', message: 'Fix the failing checks before moving this issue to "done": lint, deploy.' },
    ],
    [
      'that are running wait, and only some of many are named',
      Object.fromEntries(['success', ...Array(99).fill('pending')].map((state, at) => [at + '🚀'.repeat(999), state])),
      { status: 'pending', message: expect.stringMatching(/^Waiting for checks .* 1🚀{98}….{1900,2000}…\.$/su) },
    ],
    [
      'that have not begun wait',
      {},
      { status: 'pending', message: 'Waiting for the first check: none has reported yet.' },
    ],
  ])('checks %s', async (_what, states, expected) => {
    const { decision } = await ask(statuses(states));
    expect(await decision).toMatchObject(expected);
  });

  test('takes the state as a whole and the number of checks where it gets them', async () => {
    const { decision } = await ask([green]);
    expect(await decision).toMatchObject({ status: 'allow' });
  });

  test.each([
    ['with the secret as a bearer token', { CHECKS_API_TOKEN: 'token' }, 'Bearer token'],
    ['without a token where there is none', {}, undefined],
  ])('asks about the issue, %s', async (_how, secrets, authorization) => {
    const { decision, calls } = await ask([green], { secrets });
    await decision;
    expect(calls.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/commits/ORD-42/status?per_page=100', authorization],
    ]);
  });

  test('asks nobody where no address is set', async () => {
    const decision = await askGuard(checksPass, { settings: settingsWith({ checks_url: '' }) });
    expect(decision).toStrictEqual({ status: 'allow', metadata: {} });
  });

  test.each<[string, Respond | Reply[]]>([
    ['answers with an error', [{ ...green, status: 500 }]],
    ['does not know the token', [{ ...green, status: 401 }]],
    ['answers with something else', [{ body: { checks: 'green' } }]],
    ['answers with a state that nobody knows', statuses({ build: 'greenish' })],
    ['answers with a page', [{ body: '<html>' }]],
    ['sends us elsewhere', ({ path }) => (path === '/ok' ? green : { status: 302, headers: { Location: '/ok' } })],
    ['sends only some of them', [{ body: { state: 'success', total_count: 2, statuses: [success] } }]],
    ['has more on another page', [{ ...green, headers: { Link: '</checks?page=2>; rel="next"' } }]],
    ['has more on its last page', [{ ...green, headers: { Link: '</checks?page=2>; rel = "last next"' } }]],
    ['contradicts itself', [{ body: { state: 'failure', statuses: [success] } }]],
    ['says that all is well and that none has reported', [{ body: { state: 'success', statuses: [] } }]],
    ['answers more than GitHub does', [{ body: { statuses: [success], more: 'x'.repeat(512 * 1024) } }]],
    ['answers with numbers and no checks', [{ body: { statuses: Array.from({ length: 100_000 }, Number) } }]],
    ['hangs up', (_call, response) => void response.destroy()],
  ])('fails if the status API %s', async (_what, respond) => {
    const { decision } = await ask(respond);
    await expect(decision).rejects.toSatisfy(({ code, cause }) => /^service_unavailable.{0,999}$/s.test(code + cause));
  });

  test.each(['../../admin', '../../../kiket', 'ORD 42', 'ORD-42?x=1', 'a/b', '%2e%2e'])(
    'asks nobody about an issue called %s: its name could lead elsewhere',
    async (key) => {
      const { decision, calls } = await ask([green], { issue: { key } });
      await expect(decision).rejects.toThrow(TypeError);
      expect(calls).toEqual([]);
    },
  );
});

test.each([
  'https://api.github.com/repos/example/shop/commits/{issue}/status',
  'https://checks.example.com:8443/?issue={issue}',
  'http://localhost:4000/{issue}',
  'https://checks.example.com/{issue}#latest',
])('checks may be asked at %s', (text) => {
  expect(settingsWith({ checks_url: text }).checks_url).toBe(text);
});

test.each([
  ['no URL', 'api.github.com/{issue}'],
  ['the same for every issue', 'https://checks.example.com/status'],
  ['in the clear', 'http://checks.example.com/{issue}'],
  ['on a host that an issue names', 'https://{issue}.example.com/{issue}'],
  ['with a password', 'https://mira:secret@checks.example.com/{issue}'],
  ['no web page', 'file:///etc/{issue}'],
  ['the same for every issue but behind #', 'https://checks.example.com/status#{issue}'],
  ['the same for every issue but behind two #', 'https://checks.example.com/?a=b#c#{issue}'],
  ['followed by a comment', 'https://checks.example.com/{issue} # prod'],
  ['the same for every issue but behind # and a line break', 'https://checks.example.com/#\n{issue}'],
])('checks may not be asked at a URL that is %s, and the problem does not show it', (_what, text) => {
  expect(() => settingsWith({ checks_url: text })).toThrow(/^KIKET_SETTING_CHECKS_URL: [^#:]*$/);
});
