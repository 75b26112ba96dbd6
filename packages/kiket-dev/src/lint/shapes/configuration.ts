import * as z from 'zod';
import { configurationFieldSchema } from '../../../../kiket-express/src/manifest/settings.ts';

/** What a field may be, where the value is typed in. */
const plainTypes = ['string', 'integer', 'boolean', 'object', 'template', 'html'] as const;
/** What a field may be, where people choose among what the project has. */
export const dynamicTypes = ['project', 'issue_type', 'workflow_status', 'board', 'priority'] as const;

/** One field of the manifest's `configuration`: what the runtime acts on, and what Kiket shows. */
export const fieldSchema = configurationFieldSchema
  .extend({
    type: z
      .enum([...plainTypes, ...dynamicTypes])
      .describe(
        'What the value is. project, issue_type, workflow_status, board and priority are chosen from the project.',
      )
      .default('string'),
    label: z.string().describe('What people see beside the field.').optional(),
    description: z.string().describe('What the setting does, in one sentence.').optional(),
    default: configurationFieldSchema.shape.default.describe('The value as long as nobody sets one.'),
    secret: z
      .boolean()
      .describe('true: never stored as plain text, and KIKET_SECRET_<KEY> in the environment.')
      .default(false),
    required: z.boolean().describe('Whether the extension cannot be installed without it.').optional(),
    scope: z
      .enum(['extension', 'installation'])
      .describe('extension: one value for the organisation; installation: one for each project.')
      .optional(),
    min: z.number().describe('The least that a number may be.').optional(),
    max: z.number().describe('The most that a number may be.').optional(),
    options: z
      .array(z.looseObject({ value: z.union([z.string(), z.number()]), label: z.string().optional() }))
      .describe('What may be chosen: value and label.')
      .optional(),
    multiline: z.boolean().describe('Whether the value may have several lines.').optional(),
    placeholder: z.string().describe('An example, shown while the field is empty.').optional(),
    help_url: z
      .url({ protocol: /^https?$/ })
      .describe('Where more is said about it: an http or https URL.')
      .optional(),
    auto_generate: z
      .looseObject({ length: z.int().min(1).optional() })
      .describe('Kiket makes the value up.')
      .optional(),
    oauth: z
      .looseObject({
        provider: z.string().optional(),
        grant_type: z.string().optional(),
        authorization_url: z.string().optional(),
        token_url: z.string().optional(),
        scopes: z.union([z.string(), z.array(z.string())]).optional(),
        token_path: z.string().optional(),
      })
      .describe('How Kiket gets the value through OAuth.')
      .optional(),
    editor: z.string().describe('Which editor Kiket shows.').optional(),
    language: z.string().describe('The language of a template: liquid.').optional(),
    variables: z.array(z.unknown()).describe('What a template may name.').optional(),
    validation: z
      .looseObject({ required_variables: z.array(z.string()).optional(), max_length: z.int().optional() })
      .describe('What Kiket checks before it saves a template.')
      .optional(),
  })
  .describe('A setting, or with `secret: true` a secret.');
