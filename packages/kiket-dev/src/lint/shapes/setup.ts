import * as z from 'zod';
import { aText, aTextList, labelled, may, titled } from './fields.ts';

/** What a field may be, where people choose among what the project has. */
export const dynamicTypes = ['project', 'issue_type', 'workflow_status', 'board', 'priority'] as const;

const collect = aTextList('Keys of `configuration` that this step asks for.');
const key = z.string().min(1).describe('What the value is called.');

const obtain = z
  .looseObject({
    type: z
      .enum(['oauth2', 'oauth2_client_credentials', 'api_key', 'token', 'input', 'basic', 'auto_generate'])
      .describe('How people come by the value.'),
    authorization_url: aText('Where people agree. OAuth needs it.'),
    token_url: aText('Where the token comes from. OAuth needs it.'),
  })
  .describe('How people come by the value; the OAuth types need authorization_url and token_url.')
  .superRefine(({ type, ...urls }, context) => {
    if (!type.startsWith('oauth2')) return;
    for (const name of ['authorization_url', 'token_url'] as const) {
      if (urls[name] === undefined)
        context.addIssue({ code: 'custom', path: [name], message: `is missing: ${type} needs it.` });
    }
  });

const secrets = z
  .looseObject({
    ...titled,
    scope: z.enum(['extension', 'installation']).optional(),
    collect,
    fields: may(
      z.array(z.looseObject({ ...labelled, key, obtain: obtain.optional() })),
      'Secrets that this step asks for: key, label and how to obtain them.',
    ),
  })
  .describe('A step that asks for secrets: it needs `collect` with keys of the configuration, or `fields`.')
  .refine(
    ({ collect: keys = [], fields = [] }) => keys.length + fields.length > 0,
    'asks for nothing: it has no `collect` and no `fields`.',
  );

const configureField = z
  .looseObject({
    ...labelled,
    key,
    type: z.enum(['text', 'string', 'number', 'boolean', 'checkbox', 'select', ...dynamicTypes]).optional(),
    options: may(z.array(z.unknown()), 'What a select offers.'),
    showWhen: may(
      z.looseObject({ field: z.string() }),
      'Another field of this step that decides whether this one shows.',
    ),
  })
  .describe('A field of the step; a select needs `options`.')
  .refine(({ type, options = [] }) => type !== 'select' || options.length > 0, 'is a select without `options`.');

const configure = z
  .looseObject({ ...titled, collect, fields: z.array(configureField).optional() })
  .describe('A step that asks for settings.');

const test = z
  .looseObject({
    ...titled,
    action: aText('The event that is sent to the extension: that of a command.'),
    successMessage: aText('What people see when it worked.'),
  })
  .describe('A step that tries the extension.');

const link = z.looseObject({ label: z.string().min(1), url: z.string().min(1) });
const info = z
  .looseObject({
    ...titled,
    content: aText('The text.'),
    markdown: aText('The text, with {{ configuration.key }}.'),
    links: may(z.array(link), 'Where to read on: each with label and url.'),
  })
  .describe('A step that only says something.');

const kinds = {
  secrets: secrets.optional(),
  configure: configure.optional(),
  test: test.optional(),
  info: info.optional(),
};

/** One step of the setup wizard: a map with one key, which says what kind of step it is. */
export const stepSchema = z
  .strictObject(kinds)
  .meta({ description: 'One step: info, configure, secrets or test.', minProperties: 1, maxProperties: 1 })
  .refine((step) => Object.keys(step).length === 1, {
    error: 'has to be one step: info, configure, secrets or test.',
    // An unknown step has been reported already.
    when: ({ issues }) => issues.length === 0,
  });
