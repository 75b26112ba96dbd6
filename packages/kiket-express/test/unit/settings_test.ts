import { fileURLToPath } from 'node:url';
import dotenv from 'dotenv';
import { readFreezeWindow } from '../../../../src/freezeWindow.ts';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { settingsSchema } from '../../../../src/settings.ts';
import { SetupError } from '../../src/receive/errors.ts';
import { loadManifest } from '../../src/manifest/manifest.ts';
import { configurationFieldSchema, loadSettings } from '../../src/manifest/settings.ts';

/** Takes whatever comes, so that a test sees what the fields made of it. */
const anySettings = z.record(z.string(), z.unknown());

type Fields = Readonly<Record<string, z.input<typeof configurationFieldSchema>>>;

function load(fields: Fields, overrides: Readonly<Record<string, string>> = {}): Readonly<Record<string, unknown>> {
  const configuration = z.record(z.string(), configurationFieldSchema).parse(fields);
  return loadSettings(configuration, overrides, anySettings);
}

describe('a setting', () => {
  test('is the default of the manifest', () => {
    expect(load({ team: { default: 'red' }, size: { type: 'integer', default: 3 } })).toStrictEqual({
      team: 'red',
      size: 3,
    });
  });

  test('is what the environment says, which goes before the default', () => {
    const fields = { team: { default: 'red' }, team_size: { type: 'integer', default: 3 } };
    expect(load(fields, { TEAM: 'blue', TEAM_SIZE: '5' })).toStrictEqual({ team: 'blue', team_size: 5 });
  });

  test.each([{}, { default: null }])('is not there if neither says anything: %j', (field) => {
    expect(load({ team: field })).toEqual({ team: undefined });
  });

  test.each<[Fields[string], string, unknown]>([
    [{}, ' red ', 'red'],
    [{}, '3', '3'],
    [{ type: 'string' }, 'true', 'true'],
    [{ type: 'date' }, '2026-03-02', '2026-03-02'],
    [{ type: 'integer' }, '3', 3],
    [{ type: 'integer' }, ' 3 ', 3],
    [{ type: 'integer' }, '+3', 3],
    [{ type: 'integer' }, '-3', -3],
    [{ type: 'integer' }, '007', 7],
    [{ type: 'boolean' }, 'true', true],
    [{ type: 'boolean' }, 'TRUE', true],
    [{ type: 'boolean' }, '1', true],
    [{ type: 'boolean' }, 'yes', true],
    [{ type: 'boolean' }, ' on ', true],
    [{ type: 'boolean' }, 'false', false],
    [{ type: 'boolean' }, '0', false],
    [{ type: 'boolean' }, 'No', false],
    [{ type: 'boolean' }, 'off', false],
    [{ type: 'integer', min: 1, max: 3 }, '1', 1],
    [{ type: 'integer', min: 1, max: 3 }, '3', 3],
    [{ options: [{ value: 'red' }, { value: 'blue' }] }, 'blue', 'blue'],
    [{ type: 'integer', options: [{ value: 3 }, { value: '5' }] }, '3', 3],
    [{ type: 'integer', options: [{ value: 3 }, { value: '5' }] }, '5', 5],
  ])('of the field %j that says %j is %j, from the environment and as a default', (field, text, value) => {
    expect(load({ it: field }, { IT: text })).toStrictEqual({ it: value });
    expect(load({ it: { ...field, default: text } })).toStrictEqual({ it: value });
  });

  test.each<[Fields[string], string | number | boolean, unknown]>([
    [{ type: 'integer' }, 3, 3],
    [{ type: 'boolean' }, true, true],
    [{ type: 'boolean' }, 0, false],
    [{ type: 'string' }, 3, '3'],
  ])('of the field %j whose default is the bare %j is %j', (field, bare, value) => {
    expect(load({ it: { ...field, default: bare } })).toStrictEqual({ it: value });
  });

  test.each<[Fields[string], string, string]>([
    [{ type: 'boolean' }, 'maybe', 'has to be true or false.'],
    [{ type: 'boolean' }, '2', 'has to be true or false.'],
    [{ type: 'boolean' }, 'only', 'has to be true or false.'],
    [{ type: 'boolean' }, 'nobody', 'has to be true or false.'],
    [{ type: 'integer' }, 'three', 'has to be a whole number.'],
    [{ type: 'integer' }, '3.5', 'has to be a whole number.'],
    [{ type: 'integer' }, '1e3', 'has to be a whole number.'],
    [{ type: 'integer' }, '0x10', 'has to be a whole number.'],
    [{ type: 'integer' }, '', 'has to be a whole number.'],
    [{ type: 'integer', min: 1 }, '0', 'has to be a whole number of at least 1.'],
    [{ type: 'integer', max: 3 }, '4', 'has to be a whole number of at most 3.'],
    [{ type: 'integer', min: 1, max: 3 }, '0', 'has to be a whole number from 1 to 3.'],
    [{ type: 'integer', min: 1, max: 3 }, '4', 'has to be a whole number from 1 to 3.'],
    [{ type: 'integer' }, '[3]', 'has to be a whole number.'],
    [{ options: [{ value: 'red' }, { value: 5 }] }, 'green', 'may be: red, 5.'],
    [{ options: [{ value: 'red' }, { value: 5 }] }, 'Red', 'may be: red, 5.'],
  ])('of the field %j may not say %j, in the environment or as a default', (field, text, problem) => {
    const refusal = new SetupError([`KIKET_SETTING_IT is "${text}", but ${problem}`]);
    expect(() => load({ it: field }, { IT: text })).toThrow(refusal);
    expect(() => load({ it: { ...field, default: text } })).toThrow(refusal);
  });

  test('that is no list may not have one as a default', () => {
    expect(() =>
      load({ size: { type: 'integer', default: [3] }, open: { type: 'boolean', default: ['true'] } }),
    ).toThrow(
      new SetupError([
        'KIKET_SETTING_SIZE is "[3]", but has to be a whole number.',
        'KIKET_SETTING_OPEN is "["true"]", but has to be true or false.',
      ]),
    );
  });

  test('that the manifest does not name is refused, and those that it names are told', () => {
    expect(() => load({ team: {}, team_size: {}, api_token: { secret: true } }, { TEEM: 'red' })).toThrow(
      new SetupError(['KIKET_SETTING_TEEM is no setting of the manifest. There are: team, team_size.']),
    );
  });

  test('is no secret: those are neither settings nor overridden as such', () => {
    const fields = { team: { default: 'red' }, api_token: { secret: true, default: 'hunter2' } };
    expect(load(fields)).toStrictEqual({ team: 'red' });
    expect(() => load(fields, { API_TOKEN: 'hunter2' })).toThrow(
      new SetupError(['KIKET_SETTING_API_TOKEN is no setting of the manifest. There are: team.']),
    );
  });

  test('that is wrong is told together with all others', () => {
    const fields = {
      team: { options: [{ value: 'red' }] },
      size: { type: 'integer' },
      open: { type: 'boolean', default: 'maybe' },
    };
    expect(() => load(fields, { TEEM: 'red', TEAM: 'blue', SIZE: 'big' })).toThrow(
      new SetupError([
        'KIKET_SETTING_TEEM is no setting of the manifest. There are: team, size, open.',
        'KIKET_SETTING_TEAM is "blue", but may be: red.',
        'KIKET_SETTING_SIZE is "big", but has to be a whole number.',
        'KIKET_SETTING_OPEN is "maybe", but has to be true or false.',
      ]),
    );
  });

  test("that the extension's schema refuses is told by its name", () => {
    const schema = z.object({ team: z.string().max(3, 'is too long.'), size: z.int().max(1, 'is too much.') });
    const configuration = z.record(z.string(), configurationFieldSchema).parse({
      team: { default: 'yellow' },
      size: { type: 'integer', default: 5 },
    });
    expect(() => loadSettings(configuration, {}, schema)).toThrow(
      new SetupError(['KIKET_SETTING_TEAM="yellow": is too long.', 'KIKET_SETTING_SIZE=5: is too much.']),
    );
  });
});

describe("the guardian's settings", () => {
  const { configuration } = loadManifest(fileURLToPath(new URL('../../../..', import.meta.url)));
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
    ['PROTECTED_STATUSES', '"Done, verified"', { protected_statuses: ['Done, verified'] }],
    ['PROTECTED_STATUSES', ' "Done, verified" , Released', { protected_statuses: ['Done, verified', 'Released'] }],
    ['PROTECTED_STATUSES', 'a, "b;c|d", "5"" e", "", "[f]"', { protected_statuses: ['a', 'b;c|d', '5" e', '[f]'] }],
    ['PROTECTED_STATUSES', '["Done, verified", 5, " "]', { protected_statuses: ['Done, verified', '5'] }],
    ['PROTECTED_STATUSES', ',done\n', { protected_statuses: ['done'] }],
    ['PROTECTED_STATUSES', "Won't do,QA/Done", { protected_statuses: ["Won't do", 'QA/Done'] }],
    ['REQUIRED_FIELDS', '["due_date"]', { required_fields: ['due_date'] }],
    ['FREEZE_WINDOWS', '["2026-12-20/2027-01-04T08:00:00Z"]', { freeze_windows: [yearEnd] }],
    ['REQUIRED_FIELDS', 'assignee_id,due_date', { required_fields: ['assignee_id', 'due_date'] }],
    ['REQUIRED_FIELDS', ',', { required_fields: [] }],
    ['REQUIRED_APPROVALS', '0', { required_approvals: 0 }],
    ['REQUIRED_APPROVALS', '10', { required_approvals: 10 }],
    ['FAILURE_POLICY', 'allow', { failure_policy: 'allow' }],
    ['FREEZE_WINDOWS', ' , ', { freeze_windows: [] }],
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

  const lists = Object.entries(loadOwn()).flatMap(([key, value]) => (Array.isArray(value) ? key.toUpperCase() : []));
  const separated = 'in it, which separates nothing.';
  test.each([
    ['a semicolon', 'done;released', separated],
    ['a semicolon beside a comma', 'done, released;shipped', separated],
    ['a line break', 'done\nreleased', separated],
    ['another line break', 'done\u2028released', separated],
    ['a tab', 'done\treleased', separated],
    ['a bar', 'done | released', separated],
    ['a full-width comma', 'done，released', separated],
    ['a comma of another script', 'done、released', separated],
    ['a quote that nothing ends', '"Done, verified', 'has a quote that does not count.'],
    ['a quote in the middle', 'Done "verified"', 'has a quote that does not count.'],
    ['quotes that were stripped', 'a, b", "c, d', 'has a quote that does not count.'],
    ['text behind a quote', '"Done" verified', 'has a quote that does not count.'],
    ['single quotes', "'Done, verified'", 'has a quote that does not count.'],
    ['typographic quotes', '“Done, verified”', 'has a quote that does not count.'],
    ['JSON that is broken', '["done", ]', "is no list of JSON's."],
    ['JSON of other things', '[null, ["done"], {}]', 'which is no text.'],
  ])('have no list with %s', (_what, text, problem) => {
    for (const name of lists) {
      const said = `KIKET_SETTING_${name}=${JSON.stringify(text)}: `;
      expect(() => loadOwn({ [name]: text })).toThrow(
        expect.objectContaining({ problems: expect.arrayContaining([expect.stringContaining(problem)]) as unknown }),
      );
      expect(() => loadOwn({ [name]: text })).toThrow(said);
    }
  });

  test.each([`'"Done, verified", Released'`, `'["Done, verified", "Released"]'`, `"Done, verified", Released`])(
    'name a status with a comma in a way that survives .env: %s',
    (written) => {
      const { PROTECTED_STATUSES = '' } = dotenv.parse(`PROTECTED_STATUSES=${written}`);
      expect(loadOwn({ PROTECTED_STATUSES }).protected_statuses).toEqual(['Done, verified', 'Released']);
    },
  );

  test('have lists that the manifest may write as such', () => {
    const field = { ...configuration['protected_statuses'], default: ['Done, verified', 'done;released', 5] };
    const fields = z
      .record(z.string(), configurationFieldSchema)
      .parse({ ...configuration, protected_statuses: field });
    expect(loadSettings(fields, {}, settingsSchema)).toStrictEqual({
      ...defaults,
      protected_statuses: ['Done, verified', 'done;released', '5'],
    });
    expect(loadSettings(fields, { PROTECTED_STATUSES: 'a' }, settingsSchema).protected_statuses).toEqual(['a']);
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
