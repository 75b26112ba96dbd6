import * as z from 'zod';
import { hostName } from '../../hosting/egress.ts';
import { tiers } from '../../hosting/tiers.ts';

const text = z.string();
const texts = z.array(z.string());

/** Managed hosting; `internal` is for Kiket's own extensions. */
export const hostingSchema = z
  .union([
    z.literal('internal'),
    z.looseObject({
      tier: z
        .enum(Object.keys(tiers))
        .describe('minimal (0.25 CPU, 256 Mi), standard (1, 512 Mi), compute (2, 1 Gi) or memory (1, 2 Gi).'),
      egress: z
        .array(z.string().regex(hostName, 'has to be a host name alone, such as api.example.com.'))
        .describe('Hosts that the extension calls: names alone, without scheme, port, path or wildcard.')
        .optional(),
    }),
  ])
  .describe('Kiket runs the extension: { tier, egress }. Leave it out where you host it yourself.');

/** Where Kiket posts to. */
export const callbackUrl = z
  .string()
  .regex(
    /^(?:https:\/\/[^\s/]|\$\{\w+(?::-[^}]*)?\})/,
    'has to begin with https:// or with a variable such as ${EXTENSION_BASE_URL}.',
  )
  .describe('The public HTTPS address of the extension; ${NAME} is filled in from the environment.');

/** What a setup action may show afterwards. */
export const outputFieldsSchema = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_]*$/),
    z.looseObject({
      label: text.describe('What people see beside it.').optional(),
      description: text.optional(),
      type: z.enum(['copyable', 'url', 'code', 'badge', 'status']).describe('How it is shown.').optional(),
      icon: text
        .regex(/^[a-z0-9-]+$/, 'has to be lower case, digits and hyphens.')
        .describe('Lower case, digits and hyphens.')
        .optional(),
      help_url: z
        .url({ protocol: /^https?$/ })
        .describe('An http or https URL.')
        .optional(),
    }),
  )
  .describe('What setup actions tell in metadata.output_fields, by key: lower case, digits and underscores.');

/** Tables that the extension keeps in Kiket. */
export const customDataSchema = z
  .looseObject({
    permissions: z
      .array(
        z.looseObject({
          module: text.describe('The `module` of .kiket/modules/*/schema.yml.'),
          operations: z.array(z.enum(['read', 'write', 'delete', 'admin'])).describe('read, write, delete or admin.'),
        }),
      )
      .describe('What the extension may do with which module.')
      .optional(),
  })
  .describe('Tables that the extension keeps in Kiket.');

/** What Kiket knows besides and the guardian does not act on. */
export const platformFields = {
  description: text.describe('What the extension does, in one sentence; the marketplace shows it.').optional(),
  author: text.describe('Who makes it.').optional(),
  homepage: text.describe('Where to read about it.').optional(),
  license: text.describe('Its licence: MIT …').optional(),
  icon: text.describe('A Bootstrap icon: bi-shield-check.').optional(),
  tags: texts.describe('Under what the marketplace lists it.').optional(),
  sdk: z
    .enum(['ruby', 'python', 'node', 'java', 'dotnet', 'go'])
    .describe('The language; managed builds choose their template by it: ruby, python, node, java, dotnet or go.')
    .optional(),
  activationEvents: texts.describe('Events that wake the extension.').optional(),
  activation_events: texts.describe('The older spelling of activationEvents.').optional(),
  lifecycleEvents: texts.describe('Events about the extension itself, such as extension.installation.').optional(),
  permissions: texts.describe('What the extension may do in Kiket: issues:read, comments:write …').optional(),
  capabilities: texts.describe('Free tags that Kiket shows.').optional(),
  rate_limiting: z
    .looseObject({ requests_per_minute: z.int().optional(), burst: z.int().optional() })
    .describe('How much Kiket sends.')
    .optional(),
  secrets: z
    .array(
      z.looseObject({
        key: text,
        label: text.optional(),
        description: text.optional(),
        required: z.boolean().optional(),
      }),
    )
    .describe('The older form of secrets; prefer `secret: true` in configuration.')
    .optional(),
  requires: z
    .looseObject({
      oauth_provider: z
        .looseObject({
          provider: text,
          scopes: texts.optional(),
          on_missing: z.enum(['prompt_connect', 'ignore']).optional(),
          optional: z.boolean().optional(),
        })
        .optional(),
    })
    .describe('What an installation needs first.')
    .optional(),
  provides: z
    .looseObject({ oauth_provider: z.looseObject({}).optional() })
    .describe('What other extensions can use.')
    .optional(),
  pricing: z
    .looseObject({ model: z.enum(['one_time', 'subscription', 'usage_based']) })
    .describe('one_time, subscription or usage_based.')
    .optional(),
  assets: z.looseObject({ icon: text.optional() }).describe('Paths of pictures.').optional(),
  events: texts.describe('Events that the extension sends or handles.').optional(),
  compatibility: z
    .looseObject({ kiket: text.describe('A semver range.').optional() })
    .describe('Which versions of Kiket it works with.')
    .optional(),
} as const;
