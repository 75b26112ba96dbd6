import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { StaticCredentials } from '../client/credentials.ts';
import { unknownOrganization } from '../delivery.ts';
import { SetupError } from '../errors.ts';
import { toleranceSeconds } from '../receive/verify.ts';
import { idText } from '../text/values.ts';
import { settingPrefix } from '../manifest/settings.ts';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every setting of the process. Those of the extension are in the manifest. */
export interface Config {
  isProduction: boolean;
  /** Where to listen; without a host on every address. */
  host: string | undefined;
  port: number;
  /** How long a connection may stay open between two deliveries, in seconds. */
  keepAliveSeconds: number;
  logLevel: string;
  databaseUrl: string;
  /** How long approvals, decisions and seen deliveries are kept, in days. */
  retentionDays: number;
  /** The bearer token that `/metrics` wants, if any. */
  metricsToken: string | undefined;
  /** Current secret first, then the previous one while it rotates. */
  webhookSecrets: readonly string[];
  /** Whether the secret was made for this run because none was set. */
  isSecretGenerated: boolean;
  allowUntimedSignatures: boolean;
  /** How long ago a signed time inside a body may be, where the signature covers nothing but the body, in seconds. */
  bodyToleranceSeconds: number;
  organizationId: string | undefined;
  /** The one host that keys are fetched from and that is called. A body never overrules it. */
  baseUrl: string;
  /** For calls outside a delivery. */
  credentials: StaticCredentials;
  telemetry: { isEnabled: boolean; url: string | undefined };
  /** `KIKET_SECRET_*` by name without the prefix. */
  secrets: Readonly<Record<string, string>>;
}

/** Prefix of the extension's secrets. */
const secretPrefix = 'KIKET_SECRET_';

/** What can stand in a header. */
const headerText = /^[\x21-\x7e]+$/;
const headerTextProblem = 'must be one word without spaces, as Kiket shows it';

/** A password in a URL would be quoted by every error about it. */
const hasNoPassword = (text: string) => !/^[^/]*\/\/[^/?#]*@/.test(text);
const passwordProblem = 'must not contain a user or password';

/** Kiket delivers again for a day and a little more. Repeats are known for longer: see `RETENTION_DAYS`. */
const maxBodyToleranceSeconds = 26 * 60 * 60;
const bodyToleranceProblem = `must be a number of seconds, from ${toleranceSeconds} to ${maxBodyToleranceSeconds}`;

const environments = z.enum(['production', 'development', 'test'], {
  error: 'must be production, development or test, or blank',
});

const variables = z.object({
  NODE_ENV: z.string().toLowerCase().pipe(environments).optional(),
  // In a URL an IPv6 address has brackets, and to listen it has none.
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
    .refine((name) => name !== unknownOrganization && idText(name) !== undefined, "isn't the id of an organisation")
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

/** What the environment does not say of itself. */
export interface ConfigOptions {
  /** Whether files outlast the process. Without that, approvals have to be kept in PostgreSQL. */
  hasDisk?: boolean;
}

/**
 * Reads the environment; nothing but this file does.
 *
 * @param secretVariable names the variable of the webhook secret; its previous value has `_PREVIOUS` behind the name
 * @throws SetupError with one line for each setting that is wrong
 */
export function loadConfig(
  env: Environment,
  secretVariable = 'KIKET_WEBHOOK_SECRET',
  { hasDisk = true }: ConfigOptions = {},
): Config {
  const set = setOnly(env);
  // Compiled checks pay off where they run often.
  const parsed = variables.safeParse(set, { jitless: true });
  const secretNames = [secretVariable, `${secretVariable}_PREVIOUS`];
  const untidy = findUntidy(set, [...Object.keys(variables.shape), ...secretNames]);
  const problems = [...untidy.values()];
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = String(path[0]);
    if (untidy.has(name)) continue;
    // A URL may hold a password.
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
    if (isProduction && /^http:/i.test(set[name] ?? '')) {
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
 * `KIKET_SETTING_*` by name without the prefix: what overrides the manifest's defaults.
 *
 * @throws SetupError for names that would mean nothing, such as `KIKET_SETTINGS_*` or `kiket_setting_*`
 */
export function settingOverrides(env: Environment): Readonly<Record<string, string>> {
  const set = setOnly(env);
  const alike = Object.keys(set).filter((name) => /^kiket_?settings?_/i.test(name) && !name.startsWith(settingPrefix));
  if (alike.length > 0) {
    throw new SetupError(
      alike.map((name) => `${name} has no effect. Settings start with ${settingPrefix}, in capitals.`),
    );
  }
  return withPrefix(set, settingPrefix);
}

/** White space around a value is nobody's intention, and a blank value counts as not set. */
function setOnly(env: Environment): Record<string, string> {
  const trimmed = Object.entries(env).map(([name, value = '']) => [name, value.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== ''));
}

/**
 * Values that were copied or quoted wrongly, by name. They are named and not corrected: a quote may belong to a secret.
 * In a setting of the extension, straight double quotes may hold a list's item together.
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
    // The extension's own secrets and settings may have lines, as keys in PEM do.
    if (isOwn && /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value)) {
      untidy.set(name, `${name} contains a line break or an invisible character. Copy it again.`);
    }
  }
  return untidy;
}

/** Shorter secrets could be found by trying. Kiket's are longer. */
const minSecretLength = 16;

/** Words of examples and of secrets to be filled in: ours, and everybody's. */
const exampleSecret =
  /change.?(?:me|this|it)|replace.?(?:me|this|with)|example|placeholder|password|your.?(?:webhook|secret|kiket)|(?:webhook|demo).?secret|secret.?(?:here|key|value)|whsec.?(?:one|zero|test)|the-(?:same-for-all|secret-it-has)/i;

/** What something was to put a secret in place of, and didn't: `${SECRET}`, `{{ secret }}`, `op://vault/secret`, `arn:aws:…`. */
const unresolvedSecret = /^(?:\$[({]|\{\{|%\w+%$|[a-z][\w+.-]*:\/\/|(?:arn|vault|env|file|secret):|projects\/)/i;

function isWeak(secret: string): boolean {
  const isShort = secret.length < minSecretLength || new Set(secret).size < 6;
  return isShort || exampleSecret.test(secret) || unresolvedSecret.test(secret);
}

function withPrefix(set: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  const named = Object.entries(set).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(named.map(([name, value]) => [name.slice(prefix.length), value]));
}
