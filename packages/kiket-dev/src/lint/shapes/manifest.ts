import * as z from 'zod';
import {
  actionSchema,
  callbackSchema,
  commandSchema,
  hookSchema,
  manifestSchema,
} from '../../../../kiket-express/src/manifest/manifestSchema.ts';
import { fieldSchema } from './configuration.ts';
import { callbackUrl, customDataSchema, hostingSchema, outputFieldsSchema, platformFields } from './manifestParts.ts';
import { stepSchema } from './setup.ts';

const timeout = callbackSchema.shape.timeout.describe(
  'How long Kiket waits for an answer, in milliseconds: a number from 100 to 60000, without quotes. The kiket CLI crashes on a quoted one.',
);

const authoredHookSchema = hookSchema
  .extend({
    event: hookSchema.shape.event.describe('What happens: workflow.before_transition, issue.created …'),
    required: hookSchema.shape.required.describe('true: Kiket waits for the answer and obeys it.'),
    timeout,
    endpoint: z.string().describe('A path behind the callback URL, if this event has one of its own.').optional(),
    template: z.string().optional(),
    retries: z.int().min(0).describe('How often Kiket tries again.').optional(),
    description: z.string().describe('What the extension does about it.').optional(),
  })
  .describe('An event that Kiket delivers.');

const authoredActionSchema = actionSchema
  .extend({
    key: actionSchema.shape.key
      .regex(/^[a-z][a-z0-9_]*$/, 'has to be lower case with underscores, such as approve_transition.')
      .describe('What the action is called in deliveries: lower case with underscores.'),
    label: z.string().describe('What people see.').optional(),
    description: z.string().describe('What it does, in one sentence.').optional(),
    icon: z.string().describe('A plain icon word.').optional(),
    scopes: z
      .array(z.enum(['project', 'issue']))
      .describe('Where it is offered: project, issue.')
      .optional(),
    inputs: z.array(z.looseObject({ key: z.string() })).optional(),
  })
  .describe('Something that people trigger from an issue or a project.');

const authoredCommandSchema = commandSchema
  .extend({
    command: commandSchema.shape.command.describe('Its id: a namespace, a dot and a name.'),
    title: z.string().describe('What people see.').optional(),
    description: z.string().optional(),
    category: z.string().describe('Under what the palette lists it.').optional(),
    icon: z.string().describe('A Bootstrap icon: bi-check-circle.').optional(),
    keywords: z.array(z.string()).describe('What else people may search for.').optional(),
    permissions: z.array(z.string()).describe('Roles that may use it.').optional(),
    context: z.string().describe('Where it is offered: issue.').optional(),
    handler: commandSchema.shape.handler.describe(
      '{ type: extension_event, event: … }: what is delivered to the extension.',
    ),
  })
  .describe('An action in the form that command palettes read.');

const workflowActionSchema = z
  .looseObject({
    id: z.string(),
    name: z.string().optional(),
    icon: z.string().optional(),
    description: z.string().optional(),
    handler: z.string().describe('The event that is delivered.').optional(),
    parameters: z
      .array(
        z.looseObject({
          key: z.string(),
          type: z.string().optional(),
          label: z.string().optional(),
          placeholder: z.string().optional(),
          required: z.boolean().optional(),
        }),
      )
      .optional(),
  })
  .describe('A step that workflows can take.');

const settingKey = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_]*$/,
    'has to be letters, digits and underscores, because its variable is called after it.',
  );

const extensionSchema = manifestSchema
  .omit({ triggers: true, settings: true })
  .extend({
    ...platformFields,
    id: manifestSchema.shape.id.describe('The name for ever: reversed domain, such as com.example.my-extension.'),
    name: z.string().min(1).describe('The name that people see.'),
    version: manifestSchema.shape.version.describe('X.Y.Z; the same in package.json and docs/CHANGELOG.md.'),
    api_version: z
      .string()
      .regex(/^v\d+$/, 'has to be "v" and a number, such as v1.')
      .describe('The version of the deliveries, "v" and a number. The kiket CLI crashes on a bare number.')
      .default('v1'),
    delivery: z.enum(['http', 'internal']).describe('http: Kiket posts to callback.url.'),
    callback: callbackSchema
      .extend({
        url: callbackUrl.optional(),
        secret: callbackSchema.shape.secret.describe('env.NAME: the variable that holds the webhook secret.'),
        headers: z.record(z.string(), z.string()).describe('Headers that Kiket sends besides.').optional(),
        timeout,
        required: z.boolean().describe('true: guards are waited for.').optional(),
      })
      .describe('Where and how Kiket delivers.')
      .optional(),
    hooks: z
      .array(z.union([z.string().min(1), authoredHookSchema]))
      .describe('Events that Kiket delivers.')
      .optional(),
    actions: z.array(authoredActionSchema).describe('What people can trigger.').optional(),
    contributes: z
      .looseObject({
        commands: z.array(authoredCommandSchema).optional(),
        workflow_actions: z.array(workflowActionSchema).optional(),
      })
      .describe('What the extension adds to Kiket.')
      .optional(),
    configuration: z.record(settingKey, fieldSchema).describe('Settings and secrets by key.').optional(),
    setup: z.array(stepSchema).describe('The steps of the setup wizard.').optional(),
    output_fields: outputFieldsSchema.optional(),
    custom_data: customDataSchema.optional(),
    hosting: hostingSchema.optional(),
  })
  .describe('The extension.');

/** The whole of `.kiket/manifest.yaml`. Keys that are not named here stay allowed: Kiket knows more. */
export const manifestFileSchema = z
  .looseObject({
    model_version: z.string().describe('The version of this format: "1.0".').optional(),
    extension: extensionSchema,
    hosting: hostingSchema.optional(),
    deployment: z
      .looseObject({
        secret_keys: z.array(z.string()).describe('Secrets that dbt runs get as INSTALLATION_SECRET_<KEY>.').optional(),
      })
      .describe('How first-party extensions are deployed, and which secrets reach dbt.')
      .optional(),
  })
  .describe('What Kiket reads about an extension.');
