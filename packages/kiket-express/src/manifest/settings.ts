import * as z from 'zod';
import { SetupError } from '../errors.ts';
import type { Settings } from '../extension/extension.ts';

/** What to answer when a guard cannot decide. */
export type FailurePolicy = 'deny' | 'allow';

/** One field of the manifest's `configuration`. Kiket knows more keys; these are the ones that the runtime acts on. */
export const configurationFieldSchema = z.looseObject({
  type: z.string().default('string'),
  default: z
    .union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.union([z.string(), z.number()]))])
    .optional(),
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
 * @throws SetupError with one line for each value that is wrong and each override that no field knows
 */
export function loadSettings<S extends Settings>(
  configuration: Readonly<Record<string, ConfigurationField>>,
  overrides: Readonly<Record<string, string>>,
  schema: z.ZodType<S>,
): S {
  const fields = Object.entries(configuration).filter(([, field]) => !field.secret);
  const names = new Map(fields.map(([key]) => [key.toUpperCase(), key]));
  const unknown = Object.keys(overrides).filter((name) => !names.has(name));
  const problems = unknown.map(
    (name) => `${settingPrefix}${name} is no setting of the manifest. There are: ${[...names.values()].join(', ')}.`,
  );

  const values: Record<string, unknown> = {};
  const wrong = new Set<string>();
  for (const [key, field] of fields) {
    const coerced = coerce(overrides[key.toUpperCase()] ?? field.default ?? undefined, field);
    if (coerced instanceof Error) {
      problems.push(`${settingPrefix}${key.toUpperCase()} ${coerced.message}`);
      wrong.add(key);
      continue;
    }
    values[key] = coerced;
  }

  // Compiled checks pay off where they run often.
  const parsed = schema.safeParse(values, { jitless: true });
  for (const { path, message } of parsed.error?.issues ?? []) {
    const key = String(path[0] ?? '');
    if (wrong.has(key)) continue;
    // An address may hold a password.
    const said = key.toLowerCase().endsWith('_url') ? '' : `=${JSON.stringify(values[key])}`;
    problems.push(`${settingPrefix}${key.toUpperCase()}${said}: ${message}`);
  }
  if (!parsed.success || problems.length > 0) throw new SetupError(problems);
  return parsed.data;
}

/** Manifests quote even numbers and booleans, and the environment is text: the field's type decides. */
function coerce(value: ConfigurationField['default'], field: ConfigurationField): unknown {
  if (value === undefined) return undefined;
  const isList = Array.isArray(value);
  const text = isList ? JSON.stringify(value) : String(value).trim();
  if (field.options !== undefined && !field.options.some((option) => String(option.value) === text)) {
    return new Error(`is "${text}", but may be: ${field.options.map((option) => option.value).join(', ')}.`);
  }
  if (field.type === 'boolean') {
    if (/^(?:true|1|yes|on)$/i.test(text)) return true;
    if (/^(?:false|0|no|off)$/i.test(text)) return false;
    return new Error(`is "${text}", but has to be true or false.`);
  }
  if (field.type !== 'integer') return isList ? value : text;
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  const { min = -Infinity, max = Infinity } = field;
  if (number >= min && number <= max) return number;
  return new Error(`is "${text}", but has to be a whole number${describeRange(min, max)}.`);
}

/**
 * The setting that the runtime itself reads: what to answer when a guard cannot decide. `deny` unless the manifest has a
 * field `failure_policy` and it says `allow`.
 */
export function failurePolicyOf(settings: Settings): FailurePolicy {
  return settings['failure_policy'] === 'allow' ? 'allow' : 'deny';
}

function describeRange(min: number, max: number): string {
  if (min === -Infinity && max === Infinity) return '';
  if (max === Infinity) return ` of at least ${min}`;
  return min === -Infinity ? ` of at most ${max}` : ` from ${min} to ${max}`;
}
