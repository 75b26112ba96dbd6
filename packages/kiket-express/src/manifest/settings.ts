import * as z from 'zod';
import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DeliveryError, SetupError } from '../errors.ts';
import type { Settings } from '../extension/extension.ts';
import { isBlank } from '../extension/fields.ts';
import { readOnly } from '../extension/readOnly.ts';
import { isObject } from '../text/values.ts';
import { list } from './list.ts';

/** What to answer when a guard can't decide. */
export type FailurePolicy = 'deny' | 'allow';

/** `z.array` has an issue for each wrong entry, and a hundred thousand of them delay everyone. */
const listSchema = z.custom<(string | number)[]>(
  (value) => Array.isArray(value) && value.every((entry) => ['string', 'number'].includes(typeof entry)),
);
const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), listSchema]);
type Value = z.infer<typeof valueSchema>;

/** One field of the manifest's `configuration`. Kiket has more keys; the runtime uses these. */
export const configurationFieldSchema = z.looseObject({
  type: z.string().default('string'),
  default: valueSchema.optional(),
  secret: z.boolean().default(false),
  min: z.number().optional(),
  max: z.number().optional(),
  options: z.array(z.looseObject({ value: z.union([z.string(), z.number()]) })).optional(),
});
export type ConfigurationField = z.infer<typeof configurationFieldSchema>;

/** Prefix of the environment variables that override settings: `KIKET_SETTING_REQUIRED_APPROVALS=2`. */
export const settingPrefix = 'KIKET_SETTING_';

/**
 * Settings are the manifest's defaults, overridden by `KIKET_SETTING_<KEY>`.
 *
 * @param overrides by environment name, without the prefix
 * @throws SetupError with one line for each invalid value and each unknown override
 */
export function loadSettings<S extends Settings>(
  configuration: Readonly<Record<string, ConfigurationField>>,
  overrides: Readonly<Record<string, string>>,
  schema: z.ZodType<S>,
): S {
  const fields = settingsOf(configuration);
  const names = new Map(fields.map(([key]) => [key.toUpperCase(), key]));
  const { settings, wrong } = check(fields, (key) => overrides[key.toUpperCase()], schema);
  const isKnown = (name: string) => names.has(name) || wrong.some(({ key }) => key.toUpperCase() === name);
  const unknown = Object.keys(overrides).filter((name) => !isKnown(name));
  const problems = unknown.map(
    (name) =>
      `Unknown setting ${settingPrefix}${name}. Available: ${[...names.keys()].map((key) => settingPrefix + key).join(', ')}.`,
  );
  problems.push(
    ...wrong.map(({ key, problem }) => (key === '' ? problem : settingPrefix + key.toUpperCase() + problem)),
  );
  if (settings === undefined || problems.length > 0) throw new SetupError(problems);
  return settings;
}

/** A name that may be a secret's, although the manifest doesn't say so. */
const secretLike = /secret|token|key|pass|credential|auth|hook/i;

/** The longest setting in the log, in characters of its JSON. */
const maxShownLength = 300;

/**
 * The settings in effect, for the log. What may be private is redacted: what is named like a secret, addresses of people
 * and servers, and long texts. What the schema turns into objects is shown as it's written.
 */
export function settingsInEffect<S extends Settings>(
  { manifest, overrides }: Pick<SettingSources<S>, 'manifest' | 'overrides'>,
  settings: S,
): Readonly<Record<string, unknown>> {
  const shown = settingsOf(manifest.configuration).map(([key, field]) => {
    const isPlain = [settings[key]].flat().every((each) => typeof each !== 'object');
    const value = isPlain ? settings[key] : (overrides[key.toUpperCase()] ?? field.default);
    const text = JSON.stringify(value) ?? '';
    const isPrivate = secretLike.test(key) || /@|:\/\//.test(text) || text.length > maxShownLength;
    return [key, isPrivate ? '[redacted]' : value];
  });
  return Object.fromEntries(shown) as Readonly<Record<string, unknown>>;
}

/** The sources of an extension's settings, apart from a delivery. */
export interface SettingSources<S extends Settings> {
  manifest: { configuration: Readonly<Record<string, ConfigurationField>> };
  /** `KIKET_SETTING_*` by name without the prefix. */
  overrides: Readonly<Record<string, string>>;
  extension: { settingsSchema: z.ZodType<S> };
  /** `KIKET_SECRET_*` by name without the prefix. */
  secrets: Readonly<Record<string, string>>;
}

/** The longest value of an installation's setting, as JSON, in UTF-16 units. Nobody types more. */
const maxValueLength = 10_000;

/** How many installations' settings are remembered. */
const maxRemembered = 100;

/** What handlers get for an installation's deliveries. */
export interface InstallationSettings<S extends Settings> {
  settings: S;
  /**
   * The extension's, unless the installation's settings name a host that the extension's own don't: these secrets never go
   * where an installation sends them.
   */
  secrets: Readonly<Record<string, string>>;
}

/**
 * Makes the function that reads the settings of one installation: those in its delivery override the environment and the
 * manifest's defaults. `null` and blank values override nothing, and keys that aren't in the manifest are ignored.
 *
 * It takes the body's `settings` and `configuration`, as received, and throws a {@link DeliveryError} `settings_invalid` with
 * the invalid keys, but not their values. An `http:` address of another host is invalid: an installation doesn't choose what
 * is called in our network. Results are remembered, because an installation's deliveries all have the same settings, and
 * checking some takes long, such as a recurrence rule.
 */
export function installationSettings<S extends Settings>({
  manifest,
  overrides,
  extension,
  secrets,
}: SettingSources<S>): (sent: readonly unknown[]) => InstallationSettings<S> {
  const fields = settingsOf(manifest.configuration);
  const own = (key: string): Value | undefined => overrides[key.toUpperCase()];
  const checkOnce = rememberLatest((given: Readonly<Record<string, Value>>) => {
    const added = fields.flatMap(([key, field]) => {
      const known = originsIn(own(key) ?? field.default);
      return [...originsIn(given[key])].filter((origin) => !known.has(origin)).map((origin) => ({ key, origin }));
    });
    const unsafe = added.filter(({ origin }) => !origin.startsWith('https:'));
    const { settings, wrong } = check(fields, (key) => given[key] ?? own(key), extension.settingsSchema);
    return { settings, wrong: [...wrong, ...unsafe].map(({ key }) => key), isElsewhere: added.length > 0 };
  });
  return (sent) => {
    const given: Record<string, Value> = {};
    const wrong = sent.every(isObject) ? [] : ['settings'];
    for (const [key] of fields) {
      const values = sent.flatMap((map) => (isObject(map) && Object.hasOwn(map, key) ? [map[key]] : []));
      const [value, ...others] = values.filter((each) => !isBlank(each));
      const read = valueSchema.optional().safeParse(value);
      // Two different values cancel each other out.
      if (!read.success || others.some((other) => !isDeepStrictEqual(other, value))) wrong.push(key);
      else if ((JSON.stringify(read.data) ?? '').length > maxValueLength) wrong.push(key);
      else if (read.data !== undefined) given[key] = read.data;
    }
    const checked = checkOnce(given);
    const keys = new Set([...wrong, ...checked.wrong.map((key) => key || 'settings')]);
    if (checked.settings !== undefined && keys.size === 0) {
      return { settings: readOnly(checked.settings), secrets: checked.isElsewhere ? {} : secrets };
    }
    throw new DeliveryError('settings_invalid', { detail: `Check: ${[...keys].join(', ')}.` });
  };
}

/**
 * Where a URL starts in a text, and what may belong to it. Slashes of the web's schemes can be missing or backslashes.
 *
 * Looks for the slashes of other schemes first: starting at every letter would take quadratic time.
 */
const address =
  /(?<![a-z\d+.-])(?:https?|wss?|ftp):[^ ,"\t\n\r]+|:\/\/(?<=(?<scheme>[a-z][a-z\d+.-]*):\/\/)[^ ,"\t\n\r]*/gi;

/** The origins of all URLs in a value, as `new URL()` reads them; `null` for one without a host. */
function originsIn(value: Value | undefined): ReadonlySet<string> {
  const texts = [value ?? []].flat().map((entry) => String(entry).trim());
  const urls = [...texts, ...texts.flatMap((text) => list.safeParse(text).data ?? [])].flatMap((text) => {
    // A URL ignores tabs and line breaks, and a host can have a comma.
    const joined = text.replaceAll(/[\t\n\r]/g, '');
    const found = [...text.matchAll(address), ...joined.matchAll(address)].map(([rest, scheme = '']) => scheme + rest);
    return /^[\0- ]*(?:https?|wss?|ftp):/i.test(joined) && URL.canParse(joined) ? [joined, ...found] : found;
  });
  return new Set([...new Set(urls)].map((url) => (URL.canParse(url) ? new URL(url).origin : 'null')));
}

/** Remembers the latest results. */
function rememberLatest<Asked, Answered>(ask: (asked: Asked) => Answered): (asked: Asked) => Answered {
  const answers = new Map<string, Answered>();
  return (asked) => {
    const key = hash('sha256', JSON.stringify(asked));
    const answered = answers.get(key) ?? ask(asked);
    answers.delete(key);
    answers.set(key, answered);
    for (const oldest of answers.keys()) if (answers.size > maxRemembered) answers.delete(oldest);
    return answered;
  };
}

type Fields = readonly [key: string, field: ConfigurationField][];

/** Secrets are not settings. */
function settingsOf(configuration: Readonly<Record<string, ConfigurationField>>): Fields {
  return Object.entries(configuration).filter(([, field]) => !field.secret);
}

/** Reads every field's value, or its default. The text of a problem follows the setting's name and quotes its value. */
function check<S extends Settings>(fields: Fields, given: (key: string) => Value | undefined, schema: z.ZodType<S>) {
  const values: Record<string, unknown> = {};
  const wrong: { key: string; problem: string }[] = [];
  for (const [key, field] of fields) {
    const coerced = coerce(given(key) ?? field.default ?? undefined, field);
    if (coerced instanceof Error) wrong.push({ key, problem: ` ${coerced.message}` });
    else values[key] = coerced;
  }
  const isWrong = new Set(wrong.map(({ key }) => key));
  // Compiling the check only pays off if it runs often.
  const { data: settings, error } = schema.safeParse(values, { jitless: true });
  const types = new Map(fields.map(([key, { type }]) => [key, type]));
  for (const issue of error?.issues ?? []) {
    const key = String(issue.path[0] ?? '');
    if (!isWrong.has(key)) wrong.push({ key, problem: describe(key, issue, types.get(key), values[key]) });
  }
  return { settings, wrong };
}

/** The type of a field with which its value would be what the schema takes. */
function fittingType({ expected }: z.core.$ZodIssueInvalidType, value: unknown): string | undefined {
  if (expected === 'number' && /^[+-]?\d+$/.test(String(value))) return 'integer';
  if (expected === 'boolean' && /^(?:true|false)$/i.test(String(value))) return 'boolean';
  return expected === 'string' ? 'string' : undefined;
}

/** A rule about several settings has no key, and its message stands alone. */
function describe(key: string, issue: z.core.$ZodIssue, type: string | undefined, value: unknown): string {
  if (key === '') return issue.message;
  if (type === undefined)
    return ` isn't in the manifest. Add ${key} under configuration, with a type, a label and a default.`;
  if (value === undefined)
    return ` has no value. Set it, or give ${key} a default under configuration in the manifest.`;
  const needed = issue.code === 'invalid_type' && issue.path.length === 1 ? fittingType(issue, value) : undefined;
  if (needed !== undefined && needed !== type)
    return ` has the type "${type}" in the manifest. Change it to ${needed}, which the extension expects.`;
  // A URL can contain a password.
  return `${key.toLowerCase().endsWith('_url') ? '' : `=${JSON.stringify(value)}`}: ${issue.message}`;
}

/** Manifests quote even numbers and booleans, and the environment is text, so the field's type decides. */
function coerce(value: Value | undefined, field: ConfigurationField): unknown {
  if (value === undefined) return undefined;
  const isList = Array.isArray(value);
  const text = isList ? JSON.stringify(value) : String(value).trim();
  if (field.options !== undefined && !field.options.some((option) => String(option.value) === text)) {
    return new Error(`is "${text}", but must be one of: ${field.options.map((option) => option.value).join(', ')}.`);
  }
  // It was meant for another setting, or for none: a status called "false" would protect nothing. Nor would 1.10, read as 1.1.
  const isText = isList || typeof value === 'string' || Number.isSafeInteger(value);
  if (field.type === 'string' && field.options === undefined && !isText) {
    return new Error(`is ${text}, but must be text, in quotes.`);
  }
  if (field.type === 'boolean') {
    if (/^(?:true|1|yes|on)$/i.test(text)) return true;
    if (/^(?:false|0|no|off)$/i.test(text)) return false;
    return new Error(`is "${text}", but must be true or false.`);
  }
  if (field.type !== 'integer') return isList ? value : text;
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  const { min = -Infinity, max = Infinity } = field;
  if (number >= min && number <= max) return number;
  return new Error(`is "${text}", but must be a whole number${describeRange(min, max)}.`);
}

/**
 * The setting that the runtime itself reads: what to answer when a guard can't decide. `deny`, unless the field
 * `failure_policy` says `allow`.
 */
export function failurePolicyOf(settings: Settings): FailurePolicy {
  return settings['failure_policy'] === 'allow' ? 'allow' : 'deny';
}

function describeRange(min: number, max: number): string {
  if (min === -Infinity && max === Infinity) return '';
  if (max === Infinity) return ` of at least ${min}`;
  return min === -Infinity ? ` of at most ${max}` : ` from ${min} to ${max}`;
}
