import * as z from 'zod';
import { dynamicTypes } from './configuration.ts';

const title = z.string().describe('The heading of the step.').optional();
const description = z.string().describe('What the step is for.').optional();
const required = z.boolean().describe('Whether the wizard waits for it.').optional();
const collect = z.array(z.string()).describe('Keys of `configuration` that this step asks for.').optional();
const key = z.string().min(1).describe('What the value is called.');

const obtainSchema = z
  .looseObject({
    type: z
      .enum(['oauth2', 'oauth2_client_credentials', 'api_key', 'token', 'input', 'basic', 'auto_generate'])
      .describe('How people come by the value.'),
    secret: z.boolean().optional(),
    help_url: z.string().optional(),
    authorization_url: z.string().describe('Where people agree. OAuth needs it.').optional(),
    token_url: z.string().describe('Where the token comes from. OAuth needs it.').optional(),
    provider: z.string().optional(),
    client_id: z.string().describe('ext.NAME is a value of the extension.').optional(),
    scopes: z.array(z.string()).optional(),
    store_as: z.string().optional(),
  })
  .describe('How people come by the value; the OAuth types need authorization_url and token_url.')
  .superRefine(({ type, ...urls }, context) => {
    if (!type.startsWith('oauth2')) return;
    for (const name of ['authorization_url', 'token_url'] as const) {
      if (urls[name] === undefined)
        context.addIssue({ code: 'custom', path: [name], message: `is missing: ${type} needs it.` });
    }
  });

const secretsSchema = z
  .looseObject({
    title,
    description,
    required,
    scope: z.enum(['extension', 'installation']).optional(),
    help_url: z.string().optional(),
    collect,
    fields: z
      .array(
        z.looseObject({
          key,
          label: z.string().optional(),
          type: z.string().optional(),
          required: z.boolean().optional(),
          obtain: obtainSchema.optional(),
        }),
      )
      .describe('Secrets that this step asks for: key, label and how to obtain them.')
      .optional(),
  })
  .describe('A step that asks for secrets: it needs `collect` with keys of the configuration, or `fields`.')
  .refine(
    ({ collect: keys = [], fields = [] }) => keys.length + fields.length > 0,
    'asks for nothing: it has no `collect` and no `fields`.',
  );

const configureFieldSchema = z
  .looseObject({
    key,
    type: z.enum(['text', 'string', 'number', 'boolean', 'checkbox', 'select', ...dynamicTypes]).optional(),
    label: z.string().optional(),
    options: z.array(z.unknown()).describe('What a select offers.').optional(),
    default: z.unknown().optional(),
    placeholder: z.string().optional(),
    required: z.boolean().optional(),
    showWhen: z
      .looseObject({ field: z.string() })
      .describe('Another field of this step that decides whether this one shows.')
      .optional(),
  })
  .describe('A field of the step; a select needs `options`.')
  .refine(({ type, options = [] }) => type !== 'select' || options.length > 0, 'is a select without `options`.');

const configureSchema = z
  .looseObject({ title, description, collect, fields: z.array(configureFieldSchema).optional() })
  .describe('A step that asks for settings.');

const testSchema = z
  .looseObject({
    title,
    description,
    action: z.string().describe('The event that is sent to the extension: that of a command.').optional(),
    successMessage: z.string().describe('What people see when it worked.').optional(),
    required,
    check_endpoint: z.string().optional(),
  })
  .describe('A step that tries the extension.');

const infoSchema = z
  .looseObject({
    title,
    content: z.string().describe('The text.').optional(),
    markdown: z.string().describe('The text, with {{ configuration.key }}.').optional(),
    links: z
      .array(z.looseObject({ label: z.string().min(1), url: z.string().min(1), icon: z.string().optional() }))
      .describe('Where to read on: each with label and url.')
      .optional(),
  })
  .describe('A step that only says something.');

/** One step of the setup wizard: a map with one key, which says what kind of step it is. */
export const stepSchema = z
  .strictObject({
    secrets: secretsSchema.optional(),
    configure: configureSchema.optional(),
    test: testSchema.optional(),
    info: infoSchema.optional(),
  })
  .meta({ description: 'One step: info, configure, secrets or test.', minProperties: 1, maxProperties: 1 })
  .refine((step) => Object.keys(step).length === 1, {
    error: 'has to be one step: info, configure, secrets or test.',
    // Of a step that there is not has been told.
    when: ({ issues }) => issues.length === 0,
  });
