import { fileURLToPath } from 'node:url';
import dotenv from 'dotenv';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { SetupError } from '../../src/errors.ts';
import { loadManifest } from '../../src/manifest/manifest.ts';
import { configurationFieldSchema, loadSettings, settingsInEffect } from '../../src/manifest/settings.ts';
import { project } from '../fixture/src/project.ts';

/** Takes whatever comes, so that a test sees what the fields made of it. */
const anySettings = z.record(z.string(), z.unknown());

type Fields = Readonly<Record<string, z.input<typeof configurationFieldSchema>>>;

function load(fields: Fields, overrides: Readonly<Record<string, string>> = {}): Readonly<Record<string, unknown>> {
  const configuration = z.record(z.string(), configurationFieldSchema).parse(fields);
  return loadSettings(configuration, overrides, anySettings);
}

describe('a setting', () => {
  test('is what the environment says, which goes before the default', () => {
    const fields = { team: { default: 'red' }, team_size: { type: 'integer', default: 3 } };
    expect(load(fields, { TEAM: 'blue', TEAM_SIZE: '5' })).toStrictEqual({ team: 'blue', team_size: 5 });
  });

  test.each([{}, { default: null }])('is not there if neither says anything: %j', (field) => {
    expect(load({ team: field })).toEqual({ team: undefined });
  });

  test.each<[Fields[string], string, unknown]>([
    [{}, '3', '3'],
    [{ type: 'integer' }, '3', 3],
    [{ type: 'integer' }, '+3', 3],
    [{ type: 'integer' }, '007', 7],
    [{ type: 'boolean' }, 'TRUE', true],
    [{ type: 'boolean' }, '1', true],
    [{ type: 'boolean' }, 'yes', true],
    [{ type: 'boolean' }, ' on ', true],
    [{ type: 'boolean' }, '0', false],
    [{ type: 'boolean' }, 'No', false],
    [{ type: 'boolean' }, 'off', false],
    [{ type: 'integer', min: 1, max: 3 }, '1', 1],
    [{ type: 'integer', min: 1, max: 3 }, '3', 3],
    [{ type: 'integer', options: [{ value: 3 }, { value: '5' }] }, '3', 3],
    [{ type: 'integer', options: [{ value: 3 }, { value: '5' }] }, '5', 5],
  ])('of the field %j that says %j is %j, from the environment and as a default', (field, text, value) => {
    expect(load({ it: field }, { IT: text })).toStrictEqual({ it: value });
    expect(load({ it: { ...field, default: text } })).toStrictEqual({ it: value });
  });

  test.each<[Fields[string], string | number | boolean, unknown]>([
    [{ type: 'integer' }, 3, 3],
    [{ type: 'boolean' }, 0, false],
    [{ type: 'string' }, 3, '3'],
  ])('of the field %j whose default is the bare %j is %j', (field, bare, value) => {
    expect(load({ it: { ...field, default: bare } })).toStrictEqual({ it: value });
  });

  test.each<[Fields[string], string, string]>([
    [{ type: 'boolean' }, 'maybe', 'must be true or false.'],
    [{ type: 'boolean' }, 'only', 'must be true or false.'],
    [{ type: 'boolean' }, 'nobody', 'must be true or false.'],
    [{ type: 'integer' }, '3.5', 'must be a whole number.'],
    [{ type: 'integer' }, '1e3', 'must be a whole number.'],
    [{ type: 'integer' }, '', 'must be a whole number.'],
    [{ type: 'integer', min: 1 }, '0', 'must be a whole number of at least 1.'],
    [{ type: 'integer', max: 3 }, '4', 'must be a whole number of at most 3.'],
    [{ type: 'integer', min: 1, max: 3 }, '0', 'must be a whole number from 1 to 3.'],
    [{ options: [{ value: 'red' }, { value: 5 }] }, 'Red', 'must be one of: red, 5.'],
  ])('of the field %j may not say %j, in the environment or as a default', (field, text, problem) => {
    const refusal = new SetupError([`KIKET_SETTING_IT is "${text}", but ${problem}`]);
    expect(() => load({ it: field }, { IT: text })).toThrow(refusal);
    expect(() => load({ it: { ...field, default: text } })).toThrow(refusal);
  });

  test("that isn't a list can't have one as a default", () => {
    expect(() =>
      load({ size: { type: 'integer', default: [3] }, open: { type: 'boolean', default: ['true'] } }),
    ).toThrow(
      new SetupError([
        'KIKET_SETTING_SIZE is "[3]", but must be a whole number.',
        'KIKET_SETTING_OPEN is "["true"]", but must be true or false.',
      ]),
    );
  });

  test('that the manifest does not name is refused, and those that it names are listed', () => {
    expect(() => load({ team: {}, team_size: {}, api_token: { secret: true } }, { TEEM: 'red' })).toThrow(
      new SetupError(['Unknown setting KIKET_SETTING_TEEM. Available: KIKET_SETTING_TEAM, KIKET_SETTING_TEAM_SIZE.']),
    );
  });

  test('that only the extension names is reported once, whether the environment sets it or not', () => {
    const schema = z.object({ weather: z.string() });
    for (const overrides of [{}, { WEATHER: 'sun' }])
      expect(() => loadSettings({}, overrides, schema)).toThrow(
        expect.objectContaining({ problems: [expect.stringMatching("^KIKET_SETTING_WEATHER isn't in the manifest")] }),
      );
  });

  test("isn't a secret: those are neither settings nor overridden as such", () => {
    const fields = { team: { default: 'red' }, api_token: { secret: true, default: 'hunter2' } };
    expect(load(fields)).toStrictEqual({ team: 'red' });
    expect(() => load(fields, { API_TOKEN: 'hunter2' })).toThrow(
      new SetupError(['Unknown setting KIKET_SETTING_API_TOKEN. Available: KIKET_SETTING_TEAM.']),
    );
  });

  test('that is wrong is listed with all others', () => {
    const fields = {
      team: { options: [{ value: 'red' }] },
      size: { type: 'integer' },
      open: { type: 'boolean', default: 'maybe' },
    };
    expect(() => load(fields, { TEEM: 'red', TEAM: 'blue', SIZE: 'big' })).toThrow(
      new SetupError([
        'Unknown setting KIKET_SETTING_TEEM. Available: KIKET_SETTING_TEAM, KIKET_SETTING_SIZE, KIKET_SETTING_OPEN.',
        'KIKET_SETTING_TEAM is "blue", but must be one of: red.',
        'KIKET_SETTING_SIZE is "big", but must be a whole number.',
        'KIKET_SETTING_OPEN is "maybe", but must be true or false.',
      ]),
    );
  });

  test("that the extension's schema refuses is reported by its name", () => {
    const schema = z.object({ team: z.string().max(3, 'is too long.'), size: z.int().max(1, 'is too much.') });
    const configuration = z.record(z.string(), configurationFieldSchema).parse({
      team: { default: 'yellow' },
      size: { type: 'integer', default: 5 },
    });
    expect(() => loadSettings(configuration, {}, schema)).toThrow(
      new SetupError(['KIKET_SETTING_TEAM="yellow": is too long.', 'KIKET_SETTING_SIZE=5: is too much.']),
    );
  });

  test.each<[string, z.ZodType, string, string]>([
    ['int', z.int(), '8', ' has the type "int" in the manifest. Change it to integer,'],
    ['bool', z.boolean(), 'true', ' has the type "bool" in the manifest. Change it to boolean,'],
    ['integer', z.string(), '8', ' has the type "integer" in the manifest. Change it to string,'],
    ['string', z.coerce.number(), 'many', '="many": '],
    ['number', z.number(), '0.5', '="0.5": '],
  ])("of the type %s in the manifest isn't what the extension's schema takes", (type, it, value, problem) => {
    const configuration = z.record(z.string(), configurationFieldSchema).parse({ it: { type } });
    const loadIt = () => loadSettings(configuration, { IT: value }, z.object({ it }));
    expect(loadIt).toThrow(new RegExp(`^KIKET_SETTING_IT${problem}`));
  });

  test('that disagrees with another one is reported as the schema says it', () => {
    const schema = anySettings.refine(() => false, 'min must be below max.');
    expect(() => loadSettings({}, {}, schema)).toThrow(new SetupError(['min must be below max.']));
  });
});

test.each<[what: string, key: string, read: unknown, shown: unknown]>([
  ['a list', 'statuses', ['done'], ['done']],
  ['a number', 'limit', 0, 0],
  ['an object', 'freezes', [{ endAt: () => undefined }], 'as written'],
  ['an address', 'calls', 'https://user:hunter2@example.com/T0/hunter2', '[redacted]'],
  ['an address without a scheme', 'proxy', 'user:hunter2@proxy', '[redacted]'],
  ...['api_key_v2', 'private_token', 'passphrase', 'credentials', 'auth_header', 'webhook'].map(
    (key): [string, string, string, string] => [`what is named ${key}`, key, 'hunter2', '[redacted]'],
  ),
  ['a long text', 'text', 'a'.repeat(400), '[redacted]'],
])('%s is logged as the start of the server shows it', (_what, key, value, shown) => {
  const configuration = {
    [key]: { type: 'string', secret: false, default: 'as written' },
    TOKEN: { type: 'string', secret: true },
  };
  const settings = { [key]: value, TOKEN: 'hunter2' };
  expect(settingsInEffect({ manifest: { configuration }, overrides: {} }, settings)).toEqual({ [key]: shown });
});

describe('a list', () => {
  const { configuration } = loadManifest(fileURLToPath(project.root));
  const schema = project.extension.settingsSchema;
  const loadOwn = (overrides: Record<string, string> = {}) => loadSettings(configuration, overrides, schema);

  test.each<[string, string[]]>([
    ['done, In Review ,,released,', ['done', 'In Review', 'released']],
    ['"Done, verified"', ['Done, verified']],
    [' "Done, verified" , Released', ['Done, verified', 'Released']],
    ['a, "b;c|d", "5"" e", "", "[f]"', ['a', 'b;c|d', '5" e', '[f]']],
    ['["Done, verified", 5, " "]', ['Done, verified', '5']],
    ['Phase #2, #3, QA * review, /a/b', ['Phase #2', '#3', 'QA * review', '/a/b']],
    ["Won't do,QA/Done", ["Won't do", 'QA/Done']],
    [' ', []],
    ['[]', []],
  ])('may say %s', (text, entries) => {
    expect(loadOwn({ PROTECTED_STATUSES: text }).protected_statuses).toEqual(entries);
  });

  const lists = Object.entries(loadOwn()).flatMap(([key, value]) => (Array.isArray(value) ? key.toUpperCase() : []));
  const separated = "which doesn't separate entries.";
  test.each([
    ['commas alone', ', ,', 'has only blank entries.'],
    ['an entry that is blank', '[""]', 'has only blank entries.'],
    ['quotes around nothing', '""', 'has only blank entries.'],
    ['a semicolon', 'done;released', separated],
    ['a line break', 'done\nreleased', separated],
    ['a comment', 'done # the last column', 'contains a comment'],
    ['a comment alone', '# done', 'contains a comment'],
    ['an empty comment', 'done #', 'contains a comment'],
    ['a glob', 'done, ready*', 'looks like a pattern'],
    ['a negation', '!draft', 'looks like a pattern'],
    ['a regular expression', '/done/i', 'looks like a pattern'],
    ['a variable', 'env.STATUSES', 'looks like a variable'],
    ['a variable of a program', 'done, process.env.STATUS', 'looks like a variable'],
    ['a variable of a shell', '$STATUSES', 'looks like a variable'],
    ['a variable of Windows', '%STATUSES%', 'looks like a variable'],
    ['a bar', 'done | released', separated],
    ['a full-width comma', 'done，released', separated],
    ['a quote that looks like a comma', 'done‚ released', separated],
    ['a line break that is spelled out', 'done\\nreleased', separated],
    ['braces', '{done, released}', 'has a bracket'],
    ['parentheses', '(done, released)', 'has a bracket'],
    ['half a list', 'done, released]', 'has a bracket'],
    ['a quote that nothing ends', '"Done, verified', "has a quote that isn't closed"],
    ['a quote in the middle', 'Done "verified"', "has a quote that isn't closed"],
    ['text behind a quote', '"Done" verified', "has a quote that isn't closed"],
    ['single quotes', "'Done, verified'", "has a quote that isn't closed"],
    ['typographic quotes', '“Done, verified”', "has a quote that isn't closed"],
    ['a comma behind a backslash', 'Done\\, verified', 'ends with a backslash'],
    ['JSON that is broken', '["done", ]', "isn't a JSON list."],
    ['JSON of other things', '[null, ["done"], {}]', "which isn't text."],
  ])('may not have %s', (_what, text, problem) => {
    for (const name of lists) {
      const setting = `KIKET_SETTING_${name}=${JSON.stringify(text)}: `;
      expect(() => loadOwn({ [name]: text })).toThrow(
        expect.objectContaining({ problems: expect.arrayContaining([expect.stringContaining(problem)]) as unknown }),
      );
      expect(() => loadOwn({ [name]: text })).toThrow(setting);
    }
  });

  test.each([`'"Done, verified", Released'`, `'["Done, verified", "Released"]'`, `"Done, verified", Released`])(
    'names a status with a comma in a way that survives .env: %s',
    (written) => {
      const { PROTECTED_STATUSES = '' } = dotenv.parse(`PROTECTED_STATUSES=${written}`);
      expect(loadOwn({ PROTECTED_STATUSES }).protected_statuses).toEqual(['Done, verified', 'Released']);
    },
  );

  test('has numbers as they are written, or not at all', () => {
    const written = ['1.10', '1.0', '007', '9007199254740993', '1e3', '"1\\" 2.0"'];
    const read = ['1.10', '1.0', '007', '9007199254740993', '1e3', '1" 2.0'];
    expect(loadOwn({ PROTECTED_STATUSES: `[${written.join(', ')}]` }).protected_statuses).toEqual(read);
    for (const value of [1.1, [1.1], [2 ** 53]]) {
      const field = { ...configuration['protected_statuses'], default: value };
      const fields = z
        .record(z.string(), configurationFieldSchema)
        .parse({ ...configuration, protected_statuses: field });
      expect(() => loadSettings(fields, {}, schema)).toThrow(/text/);
    }
  });

  test('may be one in the manifest', () => {
    const field = { ...configuration['protected_statuses'], default: ['Done, verified', 'done;released', 5] };
    const fields = z
      .record(z.string(), configurationFieldSchema)
      .parse({ ...configuration, protected_statuses: field });
    expect(loadSettings(fields, {}, schema).protected_statuses).toEqual(['Done, verified', 'done;released', '5']);
    expect(loadSettings(fields, { PROTECTED_STATUSES: 'a' }, schema).protected_statuses).toEqual(['a']);
  });
});
