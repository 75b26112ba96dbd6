import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { StaticCredentials } from '../client/credentials.ts';
import { isOrganizationId } from '../delivery.ts';
import { SetupError } from '../errors.ts';
import { toleranceSeconds } from '../receive/verify.ts';
import { isNear } from '../text/near.ts';
import { idText } from '../text/values.ts';
import { list } from '../manifest/list.ts';
import { settingPrefix } from '../manifest/settings.ts';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of the process. The extension's settings are in the manifest. */
export interface Config {
  isProduction: boolean;
  /** Where to listen; without a host, on all addresses. */
  host: string | undefined;
  port: number;
  /** How long a connection can stay open between two deliveries, in seconds. */
  keepAliveSeconds: number;
  logLevel: string;
  databaseUrl: string;
  /** How long approvals, decisions and seen deliveries are kept, in days. */
  retentionDays: number;
  /** The bearer token that `/metrics` requires, if any. */
  metricsToken: string | undefined;
  /** Current secret first, then the previous one while it rotates. */
  webhookSecrets: readonly string[];
  /** Whether the secret was generated for this run because none was set. */
  isSecretGenerated: boolean;
  allowUntimedSignatures: boolean;
  /** How old a signed time inside a body may be if the signature only covers the body, in seconds. */
  bodyToleranceSeconds: number;
  organizationId: string | undefined;
  /** The only host that keys are fetched from and that is called. A body never overrides it. */
  baseUrl: string;
  /** For calls outside a delivery. */
  credentials: StaticCredentials;
  telemetry: { isEnabled: boolean; url: string | undefined };
  /** `KIKET_SECRET_*` by name without the prefix. */
  secrets: Readonly<Record<string, string>>;
}

/** Prefix of the extension's secrets. */
export const secretPrefix = 'KIKET_SECRET_';

/** Text that fits in a header. */
const headerText = /^[\x21-\x7e]+$/;
const headerTextProblem = 'must be one word without spaces, as Kiket shows it';

/** Errors about a URL would quote its password. */
const hasNoPassword = (text: string) => new URL(text).username + new URL(text).password === '';
const passwordProblem = 'must not contain a user or password';

/** Kiket delivers again for a little more than a day. Repeats are recognized for longer: see `RETENTION_DAYS`. */
const maxBodyToleranceSeconds = 26 * 60 * 60;
const bodyToleranceProblem = `must be a number of seconds, from ${toleranceSeconds} to ${maxBodyToleranceSeconds}`;

const environments = z.enum(['production', 'development', 'test'], {
  error: 'must be production, development or test, or blank',
});

const variables = z.object({
  NODE_ENV: z.string().toLowerCase().pipe(environments).optional(),
  // An IPv6 address has brackets in a URL, but not when listening.
  HOST: z
    .string()
    .regex(/^\S+$/, 'must be a single address')
    .transform((host) => host.replace(/^\[(.+)\]$/, '$1'))
    .optional(),
  PORT: z
    .string()
    .regex(/^\d+$/, 'must be a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port number, at most 65535')
    .default(8080),
  KEEP_ALIVE_SECONDS: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'must be a number of seconds, from 1 to 99999')
    .transform(Number)
    .default(620),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info'),
  DATABASE_URL: z
    .string()
    .regex(/^(?:file:.|postgres(?:ql)?:\/\/.)/, 'must be file:./data/guardian.db or postgres://user:password@host/name')
    .default('file:./data/guardian.db'),
  RETENTION_DAYS: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a number of days')
    .transform(Number)
    .refine((days) => days >= 2, 'must be at least 2, because Kiket delivers again for more than a day')
    .default(30),
  METRICS_TOKEN: z
    .string()
    .regex(headerText, 'must be one word of letters, digits and punctuation, because it goes into a header')
    .optional(),
  KIKET_ALLOW_UNTIMED_SIGNATURES: z.enum(['0', '1'], { error: 'must be 0 or 1' }).optional(),
  KIKET_BODY_TOLERANCE_SECONDS: z
    .string()
    .regex(/^\d{1,5}$/, bodyToleranceProblem)
    .transform(Number)
    .refine((seconds) => seconds >= toleranceSeconds && seconds <= maxBodyToleranceSeconds, bodyToleranceProblem)
    .default(toleranceSeconds),
  KIKET_ORGANIZATION_ID: z
    .string()
    .regex(/^\S+$/, 'must be one word')
    .refine((name) => isOrganizationId(name) && idText(name) !== undefined, "isn't the id of an organization")
    .transform(idText)
    .optional(),
  KIKET_BASE_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://kiket.dev', abort: true })
    .refine(hasNoPassword, passwordProblem)
    .default('https://kiket.dev'),
  KIKET_EXTENSION_API_KEY: z.string().regex(headerText, headerTextProblem).optional(),
  KIKET_WORKSPACE_TOKEN: z.string().regex(headerText, headerTextProblem).optional(),
  KIKET_SDK_TELEMETRY_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://kiket.dev/api/v1/ext', abort: true })
    .refine(hasNoPassword, passwordProblem)
    .optional(),
  KIKET_SDK_TELEMETRY_OPTOUT: z
    .stringbool({ truthy: ['1', 'true', 'yes', 'on'], falsy: ['0', 'false', 'no', 'off'], error: 'must be 1 or 0' })
    .default(false),
});

/** What the environment can't say. */
export interface ConfigOptions {
  /** Whether files outlast the process. If not, approvals must be in PostgreSQL. */
  hasDisk?: boolean;
  /** Variables of a file that is this extension's alone, such as `.env`. */
  ownNames?: readonly string[];
}

/**
 * Reads the environment. Only this file does.
 *
 * @param secretVariable the variable of the webhook secret; its previous value is in the same name plus `_PREVIOUS`
 * @throws SetupError with one line for each invalid setting
 */
export function loadConfig(
  env: Environment,
  secretVariable = 'KIKET_WEBHOOK_SECRET',
  { hasDisk = true }: ConfigOptions = {},
): Config {
  const set = setOnly(env);
  // Compiling the check only pays off if it runs often.
  const parsed = variables.safeParse(set, { jitless: true });
  const secretNames = [secretVariable, `${secretVariable}_PREVIOUS`];
  const untidy = findUntidy(set, [...Object.keys(variables.shape), ...secretNames]);
  const problems = [...untidy.values()];
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = String(path[0]);
    if (untidy.has(name)) continue;
    // A URL can contain a password.
    problems.push(/_(?:URL|KEY|TOKEN)$/.test(name) ? `${name} ${message}.` : `${name}=${set[name]} ${message}.`);
  }
  const isProduction = set['NODE_ENV']?.toLowerCase() === 'production';
  const secrets = secretNames.map((name) => set[name]).filter((secret) => secret !== undefined);
  if (set[secretVariable] === undefined && isProduction) {
    problems.push(
      `${secretVariable} is not set. Without it, anyone could pretend to be Kiket. Copy the extension's webhook secret from Kiket into it.`,
    );
  }
  for (const name of secretNames) {
    const secret = set[name];
    if (!isProduction || secret === undefined || untidy.has(name) || !isWeak(secret)) continue;
    problems.push(
      `${name} is easy to guess: it's shorter than ${minSecretLength} characters, an example, or a secret's name instead of its value. Copy the extension's webhook secret from Kiket into it.`,
    );
  }
  for (const name of ['KIKET_BASE_URL', 'KIKET_SDK_TELEMETRY_URL']) {
    const url = set[name] ?? '';
    if (isProduction && URL.canParse(url) && new URL(url).protocol === 'http:') {
      problems.push(`${name} must start with https:// in production, because keys and tokens are sent there.`);
    }
  }
  if (set['KIKET_ALLOW_UNTIMED_SIGNATURES'] === '1' && isProduction) {
    problems.push(
      "KIKET_ALLOW_UNTIMED_SIGNATURES=1 isn't allowed in production, because anyone who captures a delivery could send it again forever. Remove it.",
    );
  }
  if (!hasDisk && /^(?:file:|$)/.test(set['DATABASE_URL'] ?? '')) {
    problems.push(
      'DATABASE_URL must be postgres://user:password@host/name. This host has no persistent disk, so approvals in a file would be lost.',
    );
  }
  if (hasDisk && isProduction && set['DATABASE_URL'] === 'file::memory:') {
    problems.push(
      'DATABASE_URL=file::memory: loses every approval when the server restarts. Set it to a file on a persistent disk, or to PostgreSQL.',
    );
  }
  if (!parsed.success || problems.length > 0) throw new SetupError(problems);

  const { NODE_ENV, HOST, PORT, KEEP_ALIVE_SECONDS, LOG_LEVEL, DATABASE_URL, RETENTION_DAYS, METRICS_TOKEN, ...kiket } =
    parsed.data;
  const isSecretGenerated = set[secretVariable] === undefined;
  return {
    isProduction,
    host: HOST,
    port: PORT,
    keepAliveSeconds: KEEP_ALIVE_SECONDS,
    logLevel: LOG_LEVEL,
    databaseUrl: DATABASE_URL,
    retentionDays: RETENTION_DAYS,
    metricsToken: METRICS_TOKEN,
    webhookSecrets: isSecretGenerated ? [randomBytes(24).toString('base64url'), ...secrets] : secrets,
    isSecretGenerated,
    allowUntimedSignatures:
      kiket.KIKET_ALLOW_UNTIMED_SIGNATURES === undefined
        ? NODE_ENV === 'development' || NODE_ENV === 'test'
        : kiket.KIKET_ALLOW_UNTIMED_SIGNATURES === '1',
    bodyToleranceSeconds: kiket.KIKET_BODY_TOLERANCE_SECONDS,
    organizationId: kiket.KIKET_ORGANIZATION_ID,
    baseUrl: kiket.KIKET_BASE_URL,
    credentials: { extensionApiKey: kiket.KIKET_EXTENSION_API_KEY, workspaceToken: kiket.KIKET_WORKSPACE_TOKEN },
    telemetry: { isEnabled: !kiket.KIKET_SDK_TELEMETRY_OPTOUT, url: kiket.KIKET_SDK_TELEMETRY_URL },
    secrets: withPrefix(set, secretPrefix),
  };
}

/**
 * `KIKET_SETTING_*` by name without the prefix. They override the manifest's defaults.
 *
 * @throws SetupError for names without a meaning, such as `KIKET_SETTINGS_*`, `KIKET_SETING_*` or `kiket_setting_*`
 */
export function settingOverrides(env: Environment): Readonly<Record<string, string>> {
  const set = setOnly(env);
  const alike = Object.keys(set).filter((name) => likeSetting.test(name) && !name.startsWith(settingPrefix));
  if (alike.length > 0) {
    throw new SetupError(
      alike.map((name) => `${name} has no effect. Settings start with ${settingPrefix}, in capitals.`),
    );
  }
  return withPrefix(set, settingPrefix);
}

/** A name that was meant as that of a setting. */
const likeSetting = /^kiket_?set+ings?_/i;

/**
 * Says which names are nearly those of variables that aren't set. In the environment of the process, only those with
 * `KIKET_` can be meant for this extension, and Kiket's own tools have others; in a file of its own, all can.
 *
 * @param named the manifest's settings and secrets, by their variables
 */
export function findMisspelled(env: Environment, ownNames: readonly string[], named: readonly string[]): string[] {
  const set = setOnly(env);
  const known = [...Object.keys(variables.shape), ...named];
  const unset = known.filter((name) => set[name] === undefined);
  const isOurs = (name: string) => (/^kiket/i.test(name) ? !likeSetting.test(name) : ownNames.includes(name));
  return Object.keys(set)
    .filter((name) => isOurs(name) && !known.includes(name))
    .flatMap((name) => {
      const meant = unset.find(
        (each) => isAlike(name, each) || isAlike(name, each.replace(/^KIKET_SE(?:TTING|CRET)_/, '')),
      );
      return meant === undefined ? [] : [`Unknown variable ${name}. Did you mean ${meant}?`];
    });
}

/** Whether two names differ in case, in underscores, and if they're long, in a letter. */
function isAlike(...names: readonly [string, string]): boolean {
  const [one = '', other = ''] = names.map((name) => name.toUpperCase().replaceAll(/\W|_/g, ''));
  return one === other || (other.length >= 7 && isNear(one, other));
}

/** Spaces around a value are never intended, and a blank value counts as not set. */
export function setOnly(env: Environment): Record<string, string> {
  const trimmed = Object.entries(env).map(([name, value = '']) => [name, value.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== ''));
}

/**
 * Values that were copied or quoted wrongly, by name. They're reported and not corrected, because a quote can belong to
 * a secret. In an extension's setting, straight double quotes can enclose a list item.
 */
function findUntidy(set: Readonly<Record<string, string>>, names: readonly string[]): ReadonlyMap<string, string> {
  const untidy = new Map<string, string>();
  for (const [name, value] of Object.entries(set)) {
    const isOwn = names.includes(name);
    const isSetting = name.startsWith(settingPrefix);
    if (!isOwn && !isSetting && !name.startsWith(secretPrefix)) continue;
    if (/^['`“”‘’«»„]|['`“”‘’«»„]$/.test(value) || (!isSetting && /^"|"$/.test(value))) {
      untidy.set(
        name,
        `${name} starts or ends with a quote, which would become part of the value. Remove it. docker --env-file keeps quotes.`,
      );
    }
    // An entry with a comma, or a list that has kept its quotes? A rule of a freeze needs them.
    const [, only] = (isSetting && /^"([^"]*,[^"]*)"$/.exec(value)) || [];
    if (only !== undefined && list.safeParse(only).success) {
      untidy.set(
        name,
        `${name} is in double quotes, which docker --env-file keeps. Remove them, or write ${JSON.stringify([only])} if it's one entry.`,
      );
    }
    if (isOwn && /^#\s|\s#/.test(value)) {
      untidy.set(
        name,
        `${name} contains a comment, which would become part of the value. Remove it. docker --env-file keeps comments.`,
      );
    }
    // The extension's own secrets and settings can have several lines, such as PEM keys.
    if (isOwn && /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value)) {
      untidy.set(name, `${name} contains a line break or an invisible character. Copy it again.`);
    }
  }
  return untidy;
}

/** Shorter secrets can be guessed. Kiket's are longer. */
const minSecretLength = 16;

/** Common words in examples and placeholders, ours included. */
const exampleSecret =
  /change.?(?:me|this|it)|replace.?(?:me|this|with)|example|placeholder|password|your.?(?:webhook|secret|kiket)|(?:webhook|demo).?secret|secret.?(?:here|key|value)|whsec.?(?:one|zero|test)|the-(?:same-for-all|secret-it-has)/i;

/** Placeholders that were never replaced by a secret: `${SECRET}`, `{{ secret }}`, `op://vault/secret`, `arn:aws:…`. */
const unresolvedSecret =
  /^(?:\$[({]|\{\{|@microsoft\.|%\w+%$|[a-z][\w+.-]*:\/\/|(?:arn|vault|env|file|secret):|projects\/)/i;

function isWeak(secret: string): boolean {
  const isShort = secret.length < minSecretLength || new Set(secret).size < 6;
  return isShort || exampleSecret.test(secret) || unresolvedSecret.test(secret);
}

function withPrefix(set: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  const named = Object.entries(set).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(named.map(([name, value]) => [name.slice(prefix.length), value]));
}
