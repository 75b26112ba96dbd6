import { SetupError } from 'kiket-express';
import { loadManifest, loadSettings } from 'kiket-express/manifest';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readFreezeWindow } from '../src/freezeWindow.ts';
import { settingsSchema } from '../src/settings.ts';

describe("the guardian's settings", () => {
  const { configuration } = loadManifest(fileURLToPath(new URL('..', import.meta.url)));
  const loadOwn = (overrides: Record<string, string> = {}) => loadSettings(configuration, overrides, settingsSchema);

  const defaults = {
    protected_statuses: ['done'],
    required_fields: ['assignee_id'],
    freeze_windows: [],
    checks_url: '',
    required_approvals: 1,
    failure_policy: 'deny',
  };

  test('are careful by default', () => {
    expect(loadOwn()).toStrictEqual(defaults);
  });

  const yearEnd = { start: Date.parse('2026-12-20T00:00:00Z'), end: Date.parse('2027-01-04T08:00:00Z') };
  test.each<[string, string, unknown]>([
    ['PROTECTED_STATUSES', 'done, In Review ,,released,', { protected_statuses: ['done', 'In Review', 'released'] }],
    ['FREEZE_WINDOWS', '["2026-12-20/2027-01-04T08:00:00Z"]', { freeze_windows: [yearEnd] }],
    ['REQUIRED_FIELDS', 'assignee_id,due_date', { required_fields: ['assignee_id', 'due_date'] }],
    ['REQUIRED_FIELDS', ',', { required_fields: [] }],
    ['REQUIRED_APPROVALS', '0', { required_approvals: 0 }],
    ['REQUIRED_APPROVALS', '10', { required_approvals: 10 }],
    ['FAILURE_POLICY', 'allow', { failure_policy: 'allow' }],
    ['FREEZE_WINDOWS', '2026-12-20T00:00:00Z/2027-01-04T08:00:00Z', { freeze_windows: [yearEnd] }],
    ['FREEZE_WINDOWS', '2026-12-20T01:00:00+01:00 / 2027-01-04T03:00:00-05:00', { freeze_windows: [yearEnd] }],
    ['FREEZE_WINDOWS', '2026-12-20/2027-01-04T08:00:00Z', { freeze_windows: [yearEnd] }],
    [
      'FREEZE_WINDOWS',
      '2026-12-20/2027-01-04T08:00:00Z,2026-03-01/2026-03-02',
      { freeze_windows: [yearEnd, { start: Date.parse('2026-03-01'), end: Date.parse('2026-03-02') }] },
    ],
  ])('may say %s=%s', (name, text, differences) => {
    expect(loadOwn({ [name]: text })).toStrictEqual({ ...defaults, ...(differences as object) });
  });

  test.each([
    ['PROTECTED_STATUSES', ',', '=",": names no status, so nothing would be guarded.'],
    [
      'PROTECTED_STATUSES',
      '\u200b, "\ufe0f"',
      '="\u200b, \\"\ufe0f\\"": names no status, so nothing would be guarded.',
    ],
    ['REQUIRED_APPROVALS', '-1', ' is "-1", but has to be a whole number from 0 to 10.'],
    ['REQUIRED_APPROVALS', '11', ' is "11", but has to be a whole number from 0 to 10.'],
    ['FAILURE_POLICY', 'maybe', ' is "maybe", but may be: deny, allow.'],
  ])('may not say %s=%s', (name, text, problem) => {
    expect(() => loadOwn({ [name]: text })).toThrow(new SetupError([`KIKET_SETTING_${name}${problem}`]));
  });

  test.each([
    ['a start alone', '2026-12-20T00:00:00Z'],
    ['a start and no end', '2026-12-20T00:00:00Z/'],
    ['three times', '2026-12-20/2026-12-21/2026-12-22'],
    ['words', 'christmas/new year'],
    ['times without a zone', '2026-12-20T00:00:00/2027-01-04T08:00:00'],
    ['a day that does not exist', '2026-02-20/2026-02-30'],
    ['an end before its start', '2027-01-04T08:00:00Z/2026-12-20T00:00:00Z'],
    ['an end at its start', '2026-12-20/2026-12-20'],
  ])('may not name %s as a freeze', (_what, text) => {
    expect(() => loadOwn({ FREEZE_WINDOWS: text })).toThrow(
      new SetupError([
        `KIKET_SETTING_FREEZE_WINDOWS="${text}": "${text}" is no interval. Write <start>/<end> with a time zone and days that exist, such as 2026-12-20T00:00:00Z/2027-01-04T08:00:00Z.`,
      ]),
    );
  });

  test.each([
    'https://api.github.com/repos/example/shop/commits/{issue}/status',
    'https://checks.example.com:8443/?issue={issue}',
    'http://localhost:4000/{issue}',
    'https://checks.example.com/{issue}#latest',
  ])('may say that checks are asked at %s', (text) => {
    expect(loadOwn({ CHECKS_URL: text })).toStrictEqual({ ...defaults, checks_url: text });
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
    ['the same for every issue but behind # and a line break', 'https://checks.example.com/#\n{issue}'],
  ])('may not say that checks are asked at a URL that is %s', (_what, text) => {
    expect(() => loadOwn({ CHECKS_URL: text })).toThrow(
      // Without the URL: it may hold a password.
      new SetupError([
        'KIKET_SETTING_CHECKS_URL: has to be an https URL with {issue} in its path or query, and no user or password.',
      ]),
    );
  });

  test('are told about each freeze that is wrong', () => {
    const text = 'soon,2026-03-01/2026-03-02,later';
    const advice =
      'Write <start>/<end> with a time zone and days that exist, such as 2026-12-20T00:00:00Z/2027-01-04T08:00:00Z.';
    expect(() => loadOwn({ FREEZE_WINDOWS: text })).toThrow(
      new SetupError([
        `KIKET_SETTING_FREEZE_WINDOWS="${text}": "soon" is no interval. ${advice}`,
        `KIKET_SETTING_FREEZE_WINDOWS="${text}": "later" is no interval. ${advice}`,
      ]),
    );
  });

  // What has the wrong type hides what the schema refuses, until it is mended and the next start tells the rest.
  test('are told about everything that is wrong at once', () => {
    expect(() => loadOwn({ REQUIRED_APPROVALS: '-1', PROTECTED_STATUSES: ',' })).toThrow(
      'KIKET_SETTING_PROTECTED_STATUSES',
    );
  });

  test('hold no secret of the manifest', () => {
    expect(Object.keys(configuration)).toContain('CHECKS_API_TOKEN');
    expect(Object.keys(loadOwn())).not.toContain('CHECKS_API_TOKEN');
  });

  test.each([
    ['protected_statuses', undefined],
    ['required_fields', undefined],
    ['freeze_windows', undefined],
    ['required_approvals', undefined],
    ['required_approvals', 1.5],
    ['required_approvals', -1],
    ['failure_policy', undefined],
    ['failure_policy', 'maybe'],
  ])('do not take a manifest whose %s is %s', (key, value) => {
    const text = {
      protected_statuses: 'done',
      required_fields: '',
      freeze_windows: '',
      checks_url: '',
      required_approvals: 1,
    };
    expect(settingsSchema.safeParse({ ...text, failure_policy: 'deny' }).success).toBe(true);
    const { error } = settingsSchema.safeParse({ ...text, failure_policy: 'deny', [key]: value });
    expect(error?.issues.map(({ path }) => path)).toEqual([[key]]);
  });
});

test.each([
  ['2026-12-20T00:00:00Z/P14D', '2026-12-20T00:00:00.000Z', '2027-01-03T00:00:00.000Z'],
  ['2026-12-20/P1M', '2026-12-20T00:00:00.000Z', '2027-01-20T00:00:00.000Z'],
  ['2026-12-20T22:00+01:00/PT36H30M', '2026-12-20T21:00:00.000Z', '2026-12-22T09:30:00.000Z'],
  ['2026-12-20T22:00-0500/PT1.5H', '2026-12-21T03:00:00.000Z', '2026-12-21T04:30:00.000Z'],
  ['2026-12-20t22:00:00z/p1d', '2026-12-20T22:00:00.000Z', '2026-12-21T22:00:00.000Z'],
  ['P1W/2027-01-04T08:00:00Z', '2026-12-28T08:00:00.000Z', '2027-01-04T08:00:00.000Z'],
  ['P1Y2DT3S / 2027-01-04', '2026-01-01T23:59:57.000Z', '2027-01-04T00:00:00.000Z'],
  ['P1M/2027-03-31T00:00:00Z', '2027-02-28T00:00:00.000Z', '2027-03-31T00:00:00.000Z'],
  ['P1M/2028-03-31T00:00:00Z', '2028-02-29T00:00:00.000Z', '2028-03-31T00:00:00.000Z'],
  ['P1M/2027-03-31T00:00:00+02:00', '2027-02-27T22:00:00.000Z', '2027-03-30T22:00:00.000Z'],
  ['2027-01-31/P1M', '2027-01-31T00:00:00.000Z', '2027-02-28T00:00:00.000Z'],
  ['2027-08-31T12:00:00Z/P1M', '2027-08-31T12:00:00.000Z', '2027-09-30T12:00:00.000Z'],
  ['2028-02-29/P1Y', '2028-02-29T00:00:00.000Z', '2029-02-28T00:00:00.000Z'],
  ['P1Y/2028-02-29', '2027-02-28T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
])('a freeze may be %s', (text, start, end) => {
  const window = readFreezeWindow(text);
  expect([window.start, window.end].map((time) => new Date(time).toISOString())).toEqual([start, end]);
});

test.each([
  '2026-12-20/P',
  '2026-12-20/PT',
  'P1D/P1D',
  '2026-12-20/P0D',
  '2026-12-20/-P1D',
  '2026-12-20/1D',
  '2026-12-20T00:00:00/P1D',
  'P1D',
  '2027-02-30T00:00:00Z/2027-03-05T00:00:00Z',
  '2027-02-20T00:00:00Z/2027-02-29T00:00:00Z',
  '2027-02-29/P1M',
  'P1M/2027-04-31',
  '2027-06-31T08:00:00+02:00/P1D',
  '2027-13-01/P1D',
  '2027-01-00/P1D',
  '2027-01-01T25:00Z/P1D',
  '2027-01/P1M',
  '08:00Z/P1D',
  '2027-01-01T08:00:00+25:00/P1D',
])('a freeze may not be %s', (text) => {
  expect(() => readFreezeWindow(text)).toThrow(RangeError);
});
