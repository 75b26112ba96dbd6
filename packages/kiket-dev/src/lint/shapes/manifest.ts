import * as z from 'zod';
import {
  actionSchema,
  callbackSchema,
  commandSchema,
  hookSchema,
  manifestSchema,
  workflowActionSchema,
  configurationFieldSchema,
} from 'kiket-express/manifest';
import { hostName } from '../../hosting/egress.ts';
import { tiers } from '../../hosting/tiers.ts';
import { aBoolean, aText, aTextList, labelled, may, snakeCase, titled } from './fields.ts';
import { dynamicTypes, stepSchema } from './setup.ts';

const map = z.looseObject({});
const webAddress = may(z.url({ protocol: /^https?$/ }), 'Where to read more: an http or https URL.');
const timeout = callbackSchema.shape.timeout.describe(
  "How long Kiket waits for an answer, in milliseconds: a number from 100 to 60000, without quotes. Kiket's own lint crashes on a quoted one.",
);

const hook = hookSchema
  .extend({
    event: hookSchema.shape.event.describe('What happens: workflow.before_transition, issue.created and so on.'),
    required: aBoolean('true: Kiket waits for the answer and obeys it.'),
    timeout,
    endpoint: aText('A path below the callback URL, if this event has its own.'),
    template: aText('The template that Kiket renders.'),
    retries: may(z.int().min(0), 'How often Kiket tries again.'),
    description: aText('What the extension does about it.'),
  })
  .describe('An event that Kiket delivers.');

const action = actionSchema
  .extend({
    ...labelled,
    icon: aText('A plain icon word.'),
    key: snakeCase.describe('What the action is called in deliveries: lower case with underscores.'),
    scopes: may(z.array(z.enum(['project', 'issue'])), 'Where it is offered: project, issue.'),
    inputs: may(z.array(z.looseObject({ key: z.string() })), 'What Kiket asks for first.'),
  })
  .describe('Something that people can trigger.');

const handler = commandSchema.shape.handler.describe('{ type: extension_event, event: … }: what Kiket delivers.');

const command = commandSchema
  .extend({
    ...titled,
    icon: aText('A Bootstrap icon: bi-check-circle.'),
    command: commandSchema.shape.command.describe('Its id: a namespace, a dot and a name.'),
    category: aText('The heading in the command palette.'),
    keywords: aTextList('Other words that people search for.'),
    permissions: aTextList('Roles that may use it.'),
    context: aText('Where it is offered: issue.'),
    handler,
  })
  .describe('An action, in the form that command palettes read.');

const workflowAction = workflowActionSchema
  .extend({
    name: aText('What people see.'),
    icon: aText('A Bootstrap icon.'),
    description: aText('What it does.'),
    id: workflowActionSchema.shape.id.describe('Its id, which workflows call as ext:<id>.'),
    handler: may(z.union([handler, z.string().min(1)]), '{ type: extension_event, event: … }.'),
    parameters: may(
      z.array(z.looseObject({ ...labelled, key: z.string(), type: aText('What it is.') })),
      'What it takes.',
    ),
  })
  .describe('A step that workflows can take.');

const plainTypes = ['string', 'integer', 'boolean', 'object', 'template', 'html'] as const;

const field = configurationFieldSchema
  .extend({
    ...labelled,
    required: aBoolean('Whether the extension needs it.'),
    placeholder: aText('An example, shown while the field is empty.'),
    type: z
      .enum([...plainTypes, ...dynamicTypes])
      .describe('What the value is. project, issue_type, workflow_status, board and priority come from the project.')
      .default('string'),
    default: configurationFieldSchema.shape.default.describe('The value until somebody sets one; quoted or not.'),
    secret: z
      .boolean()
      .describe('true: never stored as plain text; KIKET_SECRET_<KEY> in the environment.')
      .default(false),
    scope: may(
      z.enum(['extension', 'installation']),
      'extension: one value for the organization; installation: one for each project.',
    ),
    min: may(z.number(), 'The least that a number may be.'),
    max: may(z.number(), 'The most that a number may be.'),
    options: may(
      z.array(z.looseObject({ value: z.union([z.string(), z.number()]), label: labelled.label })),
      'What people may choose: value and label.',
    ),
    multiline: aBoolean('Whether the value may have several lines.'),
    help_url: webAddress,
    auto_generate: may(z.looseObject({ length: z.int().min(1).optional() }), 'Kiket makes the value up.'),
    oauth: may(map, 'How Kiket gets the value through OAuth.'),
    validation: may(map, 'What Kiket checks before it saves a template.'),
  })
  .describe('A setting, or with `secret: true` a secret.');

const hosting = z
  .union([
    z.literal('internal'),
    z.looseObject({
      tier: z
        .enum(Object.keys(tiers))
        .describe('minimal (0.25 CPU, 256 Mi), standard (1, 512 Mi), compute (2, 1 Gi) or memory (1, 2 Gi).'),
      egress: may(
        z.array(z.string().regex(hostName, 'has to be a host name alone, such as api.example.com.')),
        'Hosts that the extension calls: names alone, without scheme, port, path or wildcard.',
      ),
    }),
  ])
  .describe('Kiket runs the extension: { tier, egress }. Leave it out if you host it yourself.')
  .optional();

/** What Kiket knows besides and this runtime does not act on. */
const platformFields = {
  description: aText('What the extension does, in one sentence; the marketplace shows it.'),
  author: aText('Who makes it.'),
  homepage: aText('Where to read about it.'),
  license: aText('Its license: MIT and so on.'),
  icon: aText('A Bootstrap icon: bi-shield-check.'),
  tags: aTextList('Where the marketplace lists it.'),
  sdk: may(
    z.enum(['ruby', 'python', 'node', 'java', 'dotnet', 'go']),
    'The language, by which Kiket chooses the managed build: ruby, python, node, java, dotnet or go.',
  ),
  activationEvents: aTextList('Events that wake the extension; they may repeat the hooks.'),
  activation_events: aTextList('The older spelling of activationEvents.'),
  lifecycleEvents: aTextList('Events about the extension itself, such as extension.installation.'),
  capabilities: aTextList('Free tags that Kiket shows.'),
  rate_limiting: may(
    z.looseObject({ requests_per_minute: z.int().optional(), burst: z.int().optional() }),
    'How much Kiket sends.',
  ),
  secrets: may(
    z.array(z.looseObject({ ...labelled, key: z.string() })),
    'The older form of secrets; prefer `secret: true` in configuration.',
  ),
  requires: may(map, 'What an installation needs first.'),
  provides: may(map, 'What other extensions can use.'),
  pricing: may(
    z.looseObject({ model: z.enum(['one_time', 'subscription', 'usage_based']) }),
    'one_time, subscription or usage_based.',
  ),
  assets: may(map, 'Paths of pictures.'),
  events: aTextList('Events that the extension sends or handles.'),
  compatibility: may(map, 'Which versions of Kiket it works with.'),
} as const;

const grant = z.looseObject({
  module: z.string().describe('The `module` of .kiket/modules/*/schema.yml.'),
  operations: z.array(z.enum(['read', 'write', 'delete', 'admin'])).describe('read, write, delete or admin.'),
});

const iconWord = z.string().regex(/^[a-z0-9-]+$/, 'has to be lower case, digits and hyphens.');
const outputField = z.looseObject({
  ...labelled,
  type: may(z.enum(['copyable', 'url', 'code', 'badge', 'status']), 'How it is shown.'),
  icon: may(iconWord, 'Lower case, digits and hyphens.'),
  help_url: webAddress,
});

const extension = manifestSchema
  .omit({ triggers: true, settings: true })
  .extend({
    ...platformFields,
    id: manifestSchema.shape.id.describe('The name for ever: reversed domain, such as com.example.my-extension.'),
    name: z.string().min(1).describe('The name that people see.'),
    version: manifestSchema.shape.version.describe('X.Y.Z; the same in package.json and docs/CHANGELOG.md.'),
    api_version: z
      .string()
      .regex(/^v\d+$/, 'has to be "v" and a number, such as v1.')
      .describe('The version of the deliveries, "v" and a number. Kiket\'s own lint crashes on a bare number.')
      .default('v1'),
    delivery: z.enum(['http', 'internal']).describe('http: Kiket posts to callback.url.'),
    callback: callbackSchema
      .extend({
        url: may(
          z
            .string()
            .regex(
              /^(?:https:\/\/[^\s/]|\$\{\w+(?::-[^}]*)?\})/,
              'has to begin with https:// or with a variable such as ${EXTENSION_BASE_URL}.',
            ),
          'The public HTTPS address of the extension; ${NAME} is filled in from the environment.',
        ),
        secret: callbackSchema.shape.secret.describe('env.NAME: the variable that holds the webhook secret.'),
        headers: may(z.record(z.string(), z.string()), 'Headers that Kiket sends besides.'),
        timeout,
        required: aBoolean('true: Kiket waits for guards.'),
      })
      .describe('Where and how Kiket delivers.')
      .optional(),
    permissions: aTextList('What the extension may do in Kiket: issues:read, comments:write and so on.'),
    hooks: may(z.array(z.union([z.string().min(1), hook])), 'Events that Kiket delivers.'),
    actions: may(z.array(action), 'What people can trigger.'),
    contributes: z
      .looseObject({
        commands: may(z.array(command), 'What command palettes offer.'),
        workflow_actions: may(z.array(workflowAction), 'Steps that workflows can take.'),
      })
      .describe('What the extension adds to Kiket.')
      .optional(),
    configuration: may(
      z.record(
        z.string().regex(/^[A-Za-z]\w*$/, 'has to be letters, digits and underscores: a variable is named after it.'),
        field,
      ),
      'Settings and secrets by key.',
    ),
    setup: may(z.array(stepSchema), 'The steps of the setup wizard.'),
    output_fields: may(z.record(snakeCase, outputField), 'What setup actions tell in metadata.output_fields, by key.'),
    custom_data: may(
      z.looseObject({ permissions: may(z.array(grant), 'What the extension may do with which module.') }),
      'Tables that the extension keeps in Kiket.',
    ),
    hosting,
  })
  .describe('The extension.');

/**
 * The whole of `.kiket/manifest.yaml`, with all of the extension under `extension:`. Keys that are not named here stay
 * allowed: Kiket knows more.
 */
export const manifestFileSchema = z
  .looseObject({
    model_version: aText('The version of this format: "1.0".'),
    extension,
    // Kiket's guide shows it here.
    hosting,
    deployment: may(
      z.looseObject({ secret_keys: aTextList('Secrets that dbt runs get as INSTALLATION_SECRET_<KEY>.') }),
      'How first-party extensions are deployed, and which secrets reach dbt.',
    ),
  })
  .describe('What Kiket reads about an extension.');
