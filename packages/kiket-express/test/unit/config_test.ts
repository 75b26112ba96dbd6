import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  findMisspelled,
  loadConfig,
  settingOverrides,
  type Config,
  type Environment,
} from '../../src/server/config.ts';
import { SetupError } from '../../src/errors.ts';
import vectors from '../vectors/vectors.json' with { type: 'json' };

const secret = { KIKET_WEBHOOK_SECRET: 'whsec_k3Wq8ZtB71xVn5Pd' };
const defaults = {
  isProduction: false,
  host: undefined,
  port: 8080,
  keepAliveSeconds: 620,
  logLevel: 'info',
  databaseUrl: 'file:./data/guardian.db',
  retentionDays: 30,
  metricsToken: undefined,
  webhookSecrets: ['whsec_k3Wq8ZtB71xVn5Pd'],
  isSecretGenerated: false,
  allowUntimedSignatures: false,
  bodyToleranceSeconds: 300,
  organizationId: undefined,
  baseUrl: 'https://kiket.dev',
  credentials: { extensionApiKey: undefined, workspaceToken: undefined },
  telemetry: { isEnabled: true, url: undefined },
  secrets: {},
};

/** Everything that the environment can set. */
const everything = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '3000',
  KEEP_ALIVE_SECONDS: '75',
  LOG_LEVEL: 'debug',
  DATABASE_URL: 'file:/var/lib/guardian.db',
  RETENTION_DAYS: '90',
  METRICS_TOKEN: 'metrics-token',
  KIKET_WEBHOOK_SECRET: 'whsec_k3Wq8ZtB71xVn5Pd',
  KIKET_WEBHOOK_SECRET_PREVIOUS: 'whsec_m0Rj4YcH29uLs6Fa',
  KIKET_ALLOW_UNTIMED_SIGNATURES: '0',
  KIKET_BODY_TOLERANCE_SECONDS: '93600',
  KIKET_ORGANIZATION_ID: '3',
  KIKET_BASE_URL: 'https://kiket.example.com',
  KIKET_EXTENSION_API_KEY: 'ext_live_example',
  KIKET_WORKSPACE_TOKEN: 'wk_example',
  KIKET_SDK_TELEMETRY_URL: 'https://telemetry.example.com',
  KIKET_SDK_TELEMETRY_OPTOUT: '1',
  KIKET_SECRET_CHECKS_API_TOKEN: 'checks-token',
};
const rewritten = (change: (value: string) => string) =>
  Object.fromEntries(Object.entries(everything).map(([name, value]) => [name, change(value)]));

function problemsOf(env: Environment): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof SetupError) return error.problems;
    throw error;
  }
}

describe('the environment', () => {
  test('needs to set nothing', () => {
    const { webhookSecrets, ...rest } = loadConfig({});
    expect({ ...rest, webhookSecrets: ['whsec_k3Wq8ZtB71xVn5Pd'] }).toStrictEqual({
      ...defaults,
      isSecretGenerated: true,
    });
    expect(webhookSecrets).toHaveLength(1);
  });

  test('can set everything', () => {
    const config = loadConfig({ ...everything, KIKET_SETTING_REQUIRED_APPROVALS: '2', PATH: '/usr/bin' });
    expect(config).toStrictEqual({
      isProduction: true,
      host: '127.0.0.1',
      port: 3000,
      keepAliveSeconds: 75,
      logLevel: 'debug',
      databaseUrl: 'file:/var/lib/guardian.db',
      retentionDays: 90,
      metricsToken: 'metrics-token',
      webhookSecrets: ['whsec_k3Wq8ZtB71xVn5Pd', 'whsec_m0Rj4YcH29uLs6Fa'],
      isSecretGenerated: false,
      allowUntimedSignatures: false,
      bodyToleranceSeconds: 93_600,
      organizationId: '3',
      baseUrl: 'https://kiket.example.com',
      credentials: { extensionApiKey: 'ext_live_example', workspaceToken: 'wk_example' },
      telemetry: { isEnabled: false, url: 'https://telemetry.example.com' },
      secrets: { CHECKS_API_TOKEN: 'checks-token' },
    });
  });

  test.each(['', ' ', '\t\n', undefined])('that sets everything to %j sets nothing', (blank) => {
    const config = loadConfig({
      ...Object.fromEntries(Object.keys(everything).map((name) => [name, blank])),
      ...secret,
    });
    expect(config).toStrictEqual(defaults);
  });

  test.each<[Environment, Partial<Config>]>([
    [{ PORT: '0' }, { port: 0 }],
    [{ PORT: '65535' }, { port: 65_535 }],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    [{ KIKET_ORGANIZATION_ID: '003' }, { organizationId: '3' }],
    [{ HOST: '[::1]' }, { host: '::1' }],
    [{ HOST: '::1' }, { host: '::1' }],
    // Not '', which would be every address: nobody can listen there, and the start says so.
    [{ HOST: '[]' }, { host: '[]' }],
    [
      { KIKET_SDK_TELEMETRY_URL: 'http://localhost:3001' },
      { telemetry: { isEnabled: true, url: 'http://localhost:3001' } },
    ],
    ...['1', 'true', 'YES', 'on'].map((yes): [Environment, Partial<Config>] => [
      { KIKET_SDK_TELEMETRY_OPTOUT: yes },
      { telemetry: { isEnabled: false, url: undefined } },
    ]),
    ...['0', 'false', 'no', 'OFF'].map((no): [Environment, Partial<Config>] => [
      { KIKET_SDK_TELEMETRY_OPTOUT: no },
      { telemetry: { isEnabled: true, url: undefined } },
    ]),
  ])('may say %j', (env, differences) => {
    expect(loadConfig({ ...secret, ...env })).toStrictEqual({ ...defaults, ...differences });
  });

  test.each([
    ['PORT', 'http', 'must be a port number'],
    ['PORT', '1e3', 'must be a port number'],
    ['PORT', '65536', 'must be a port number, at most 65535'],
    ['NODE_ENV', 'staging', 'must be production, development or test, or blank'],
    ['HOST', '127.0.0.1 8080', 'must be a single address'],
    ['KIKET_ORGANIZATION_ID', '3 4', 'must be one word'],
    ['KEEP_ALIVE_SECONDS', '0', 'must be a number of seconds, from 1 to 99999'],
    ['KEEP_ALIVE_SECONDS', '10m', 'must be a number of seconds, from 1 to 99999'],
    ['LOG_LEVEL', 'loud', 'must be trace, debug, info, warn, error, fatal or silent'],
    ['KIKET_ALLOW_UNTIMED_SIGNATURES', 'yes', 'must be 0 or 1'],
    ['KIKET_BODY_TOLERANCE_SECONDS', '299', 'must be a number of seconds, from 300 to 93600'],
    ['KIKET_BODY_TOLERANCE_SECONDS', '93601', 'must be a number of seconds, from 300 to 93600'],
    ['KIKET_SDK_TELEMETRY_OPTOUT', 'perhaps', 'must be 1 or 0'],
    ['KIKET_ORGANIZATION_ID', 'unknown', "isn't the id of an organization"],
    ['KIKET_ORGANIZATION_ID', 'subdomain:acme', "isn't the id of an organization"],
    ['KIKET_ORGANIZATION_ID', '00', "isn't the id of an organization"],
    ['RETENTION_DAYS', '1', 'must be at least 2, because Kiket delivers again for more than a day'],
    ['RETENTION_DAYS', '0.5', 'must be a number of days'],
  ])('may not say %s=%s', (name, value, problem) => {
    expect(() => loadConfig({ ...secret, [name]: value })).toThrow(new SetupError([`${name}=${value} ${problem}.`]));
  });

  test.each(['KIKET_EXTENSION_API_KEY', 'KIKET_WORKSPACE_TOKEN'])('never quotes %s, which is a secret', (name) => {
    expect(() => loadConfig({ ...secret, [name]: 'two words' })).toThrow(
      new SetupError([`${name} must be one word without spaces, as Kiket shows it.`]),
    );
  });

  test.each(['\n', '\u00a0', '\ufeff'])('may have %j around any value', (space) => {
    const env = { ...rewritten((value) => `${space}${value}${space}`), KIKET_SETTING_X: `${space}1${space}` };
    expect(loadConfig(env)).toStrictEqual(loadConfig(everything));
    expect(settingOverrides(env)).toStrictEqual({ X: '1' });
  });

  test.each([
    ['"', '"'],
    ["'", "'"],
    ['“', '”'],
    ['"', ''],
    ['', "'"],
  ])('may not have the quotes %s%s around a value', (open, close) => {
    const problems = Object.keys(everything).map((name) =>
      expect.stringMatching(`^${name} starts or ends with a quote`),
    );
    expect(problemsOf(rewritten((value) => open + value + close))).toEqual(problems);
  });

  test.each([
    ['"Done, verified"', true],
    ['["Done, verified"]', false],
    ['"FREQ=WEEKLY;BYDAY=FR,SA"', false],
  ])('of %s has quotes that may be around a whole list: %s', (value, isRefused) => {
    const problem = expect.stringMatching(/^KIKET_SETTING_IT is in double quotes/) as string;
    expect(problemsOf({ KIKET_SETTING_IT: value })).toEqual(isRefused ? [problem] : []);
  });

  test.each(["'done'", '“done”'])('may not have the quotes of %s around a setting', (value) => {
    expect(problemsOf({ KIKET_SETTING_PROTECTED_STATUSES: value })).toEqual([
      expect.stringMatching('^KIKET_SETTING_PROTECTED_STATUSES starts or ends with a quote'),
    ]);
  });

  test.each(['postgres://db/x # local', '# the old one'])('may not have the comment of %s', (value) => {
    expect(problemsOf({ DATABASE_URL: value })).toEqual([expect.stringMatching('^DATABASE_URL contains a comment')]);
  });

  test('keeps the quotes of other variables, and those around one of the items of a setting', () => {
    expect(
      problemsOf({ ...secret, PS1: '"$ "', KIKET_SETTING_PROTECTED_STATUSES: '"Done, verified", Released' }),
    ).toEqual([]);
  });

  test.each(['\n', '\0', '\u200b', '\u2028'])('may not have %j inside a value', (unseen) => {
    const names = Object.keys(everything).filter((name) => !name.startsWith('KIKET_SECRET_'));
    const problems = names.map((name) => expect.stringMatching(`^${name} contains a line break`));
    expect(problemsOf(rewritten((value) => `${value}${unseen}${value}`))).toEqual(problems);
  });

  test('may have a secret of the extension with lines', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMC4CAQA=\n-----END PRIVATE KEY-----';
    expect(loadConfig({ ...secret, KIKET_SECRET_KEY: `${key}\n` }).secrets).toStrictEqual({ KEY: key });
  });

  test('lists everything that is wrong at once', () => {
    const env = {
      NODE_ENV: 'production',
      PORT: 'http',
      LOG_LEVEL: 'loud',
      KIKET_ALLOW_UNTIMED_SIGNATURES: '1',
      KIKET_BASE_URL: 'http://kiket.dev',
      KIKET_SDK_TELEMETRY_URL: 'HTTP://kiket.dev',
    };
    expect(() => loadConfig(env)).toThrow(
      new SetupError([
        'PORT=http must be a port number.',
        'LOG_LEVEL=loud must be trace, debug, info, warn, error, fatal or silent.',
        "KIKET_WEBHOOK_SECRET is not set. Without it, anyone could pretend to be Kiket. Copy the extension's webhook secret from Kiket into it.",
        'KIKET_BASE_URL must start with https:// in production, because keys and tokens are sent there.',
        'KIKET_SDK_TELEMETRY_URL must start with https:// in production, because keys and tokens are sent there.',
        "KIKET_ALLOW_UNTIMED_SIGNATURES=1 isn't allowed in production, because anyone who captures a delivery could send it again forever. Remove it.",
      ]),
    );
  });

  test('gives secrets and settings by their names without the prefix', () => {
    const env = {
      ...secret,
      KIKET_SECRET_CHECKS_API_TOKEN: 'checks-token',
      KIKET_SECRET_BLANK: ' ',
      KIKET_SETTING_REQUIRED_APPROVALS: '2',
      KIKET_SETTING_FREEZE_WINDOWS: '',
      MY_KIKET_SETTING_X: '1',
    };
    expect(loadConfig(env).secrets).toStrictEqual({ CHECKS_API_TOKEN: 'checks-token' });
    expect(settingOverrides(env)).toStrictEqual({ REQUIRED_APPROVALS: '2' });
  });
});

describe('production', () => {
  const production = { ...secret, NODE_ENV: 'production' };

  test.each<[string, Environment, string?]>([
    ['no secret', { KIKET_WEBHOOK_SECRET: undefined }],
    ['only the previous secret', { KIKET_WEBHOOK_SECRET: '', KIKET_WEBHOOK_SECRET_PREVIOUS: 'whsec_m0Rj4YcH29uLs6Fa' }],
    ['no secret, also in capitals', { NODE_ENV: 'Production', KIKET_WEBHOOK_SECRET: undefined }],
    ['no secret of the name that the manifest gives it', {}, 'MY_SECRET'],
  ])('does not start with %s', (_what, differences, name = 'KIKET_WEBHOOK_SECRET') => {
    expect(() => loadConfig({ ...production, ...differences }, name)).toThrow(
      new SetupError([
        `${name} is not set. Without it, anyone could pretend to be Kiket. Copy the extension's webhook secret from Kiket into it.`,
      ]),
    );
  });

  test.each([
    'x',
    'changeme',
    'fifteen_letters',
    'changemechangeme',
    'please-change-it-soon',
    'aaaaaaaaaaaaaaaaaaaaaaaa',
    'abababababababababab',
    'password-password',
    'your-webhook-secret',
    'put_the_secret_here',
    'guardian-demo-secret',
    'the-same-for-all',
    'the-secret-it-has',
    '${WEBHOOK_OF_KIKET}',
    '$(cat /run/kiket/webhook)',
    '{{ .Values.kiket.webhook }}',
    '%KIKET_WEBHOOK%',
    'op://vault/kiket/webhook',
    'arn:aws:secretsmanager:eu:1:kiket',
    'projects/1/kiket/versions/latest',
    '@Microsoft.KeyVault(SecretUri=https://kiket.vault.azure.net/)',
    vectors.secret,
  ])('does not start with the secret %s, nor with it as the previous one', (weak) => {
    const named = (name: string) => [expect.stringMatching(`^${name} is easy to guess`)];
    expect(problemsOf({ ...production, KIKET_WEBHOOK_SECRET: weak })).toEqual(named('KIKET_WEBHOOK_SECRET'));
    expect(problemsOf({ ...production, KIKET_WEBHOOK_SECRET_PREVIOUS: weak })).toEqual(
      named('KIKET_WEBHOOK_SECRET_PREVIOUS'),
    );
    expect(problemsOf({ KIKET_WEBHOOK_SECRET: weak })).toEqual([]);
  });

  test.each([randomBytes(8), randomBytes(24), randomBytes(32)])('takes any random secret', (bytes) => {
    const hex = bytes.toString('hex');
    for (const text of [hex, `#${hex}`, `whsec_${bytes.toString('base64url')}`]) {
      expect(problemsOf({ ...production, KIKET_WEBHOOK_SECRET: text })).toEqual([]);
    }
  });

  test('does not keep approvals in memory', () => {
    const env = { ...secret, DATABASE_URL: 'file::memory:' };
    expect(problemsOf({ ...env, NODE_ENV: 'production' })).toEqual([
      expect.stringMatching('^DATABASE_URL=file::memory: '),
    ]);
    expect(problemsOf(env)).toEqual([]);
  });
});

describe('signatures without a time', () => {
  test.each([
    [undefined, undefined, false],
    ['development', undefined, true],
    ['test', undefined, true],
    ['production', undefined, false],
    [undefined, '1', true],
    ['development', '0', false],
  ])('with NODE_ENV=%s and KIKET_ALLOW_UNTIMED_SIGNATURES=%s are taken: %s', (NODE_ENV, value, isTaken) => {
    const config = loadConfig({ ...secret, NODE_ENV, KIKET_ALLOW_UNTIMED_SIGNATURES: value });
    expect(config.allowUntimedSignatures).toBe(isTaken);
  });
});

describe('the webhook secret', () => {
  test('is made for this run if none is set', () => {
    const [one, other] = [loadConfig({ NODE_ENV: 'development' }), loadConfig({ NODE_ENV: 'development' })];
    expect(one).toMatchObject({ isSecretGenerated: true, webhookSecrets: [expect.stringMatching(/^[\w-]{32}$/)] });
    expect(one.webhookSecrets).not.toEqual(other.webhookSecrets);
  });

  test('goes before the previous one even if it was made for this run', () => {
    expect(loadConfig({ KIKET_WEBHOOK_SECRET_PREVIOUS: 'whsec_m0Rj4YcH29uLs6Fa' })).toMatchObject({
      isSecretGenerated: true,
      webhookSecrets: [expect.stringMatching(/^[\w-]{32}$/), 'whsec_m0Rj4YcH29uLs6Fa'],
    });
  });

  test('is taken from the variable that the manifest names, and from no other', () => {
    const env = { ...secret, KIKET_WEBHOOK_SECRET_PREVIOUS: 'whsec_m0Rj4YcH29uLs6Fa', MY_SECRET: 'mine' };
    expect(loadConfig(env, 'MY_SECRET')).toStrictEqual({ ...defaults, webhookSecrets: ['mine'] });
    expect(loadConfig({ ...env, MY_SECRET_PREVIOUS: 'my old one' }, 'MY_SECRET').webhookSecrets).toEqual([
      'mine',
      'my old one',
    ]);
  });
});

test.each(['two words', 'line\nbreak', 'schlüssel'])(
  'METRICS_TOKEN=%j, which no header can bring, is not quoted',
  (token) => {
    expect(problemsOf({ METRICS_TOKEN: token })).toEqual([expect.stringMatching(/^METRICS_TOKEN (?:must|contains)/)]);
    expect(problemsOf({ METRICS_TOKEN: token }).join()).not.toContain(token);
  },
);

test.each([
  ['KIKET_BASE_URL', 'kiket.dev', 'must be a URL such as https://kiket.dev'],
  ['KIKET_BASE_URL', 'ftp://kiket:hunter2@kiket.dev', 'must be a URL such as https://kiket.dev'],
  ['KIKET_BASE_URL', 'https://kiket:hunter2@kiket.dev', 'must not contain a user or password'],
  ['KIKET_SDK_TELEMETRY_URL', 'https://kiket:hunter2@kiket.dev', 'must not contain a user or password'],
  ['KIKET_SDK_TELEMETRY_URL', 'https:///kiket:hunter2@kiket.dev', 'must not contain a user or password'],
  ['KIKET_BASE_URL', String.raw`https:\\kiket:hunter2@kiket.dev`, 'must be a URL such as https://kiket.dev'],
  [
    'DATABASE_URL',
    'mysql://guardian:hunter2@db',
    'must be file:./data/guardian.db or postgres://user:password@host/name',
  ],
])('a wrong %s is named, but not quoted: %s', (name, value, problem) => {
  expect(() => loadConfig({ [name]: value })).toThrow(new SetupError([`${name} ${problem}.`]));
});

test.each([
  'KIKET_SETTINGS_REQUIRED_APPROVALS',
  'KIKET_SETING_REQUIRED_APPROVALS',
  'kiket_setting_required_approvals',
  'KIKETSETTING_REQUIRED_APPROVALS',
])('a setting that would be dropped because of its name is named: %s', (name) => {
  expect(() => settingOverrides({ [name]: '2' })).toThrow(
    new SetupError([`${name} has no effect. Settings start with KIKET_SETTING_, in capitals.`]),
  );
});

test.each<[where: string, env: Environment, meant: string | undefined]>([
  ['the environment', { KIKET_WEBHOOKSECRET: 'a' }, 'KIKET_WEBHOOK_SECRET'],
  ['the environment', { KIKET_ORGANISATION_ID: '3' }, 'KIKET_ORGANIZATION_ID'],
  ['the environment', { KIKET_SECRET_API_TOKNE: 'a' }, 'KIKET_SECRET_API_TOKEN'],
  ['the environment', { KIKET_WEBHOOK_SECRETS: 'a', KIKET_WEBHOOK_SECRET: 'b' }, undefined],
  ['the environment', { KIKET_API_URL: 'a', KIKET_API_TOKEN: 'a', KIKET_PLATFORM_BASE_URL: 'a' }, undefined],
  ['the environment', { KIKET_BASEURL: ' ', LOGLEVEL: 'debug', TEAM: 'red' }, undefined],
  ['.env', { LOGLEVEL: 'debug' }, 'LOG_LEVEL'],
  ['.env', { LOG_LEVLE: 'debug' }, 'LOG_LEVEL'],
  ['.env', { Team: 'red' }, 'KIKET_SETTING_TEAM'],
  ['.env', { API_TOKEN: 'a' }, 'KIKET_SECRET_API_TOKEN'],
  ['.env', { TEAMS: 'red', GHOST: 'a', KIKET_SETTING_TEEM: 'red', LOG_FORMAT: 'json' }, undefined],
])('what is misspelled is named, if only ours can be meant: in %s, %o', (where, env, meant) => {
  const named = ['KIKET_WEBHOOK_SECRET', 'KIKET_SETTING_TEAM', 'KIKET_SECRET_API_TOKEN'];
  const problems = findMisspelled(env, where === '.env' ? Object.keys(env) : [], named);
  expect(problems).toEqual(
    meant === undefined ? [] : [`Unknown variable ${Object.keys(env)[0]}. Did you mean ${meant}?`],
  );
});
