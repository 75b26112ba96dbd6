import * as z from 'zod';
import { configurationFieldSchema } from './settings.ts';

const timeoutSchema = z.int().min(100).max(60_000);

/** A hook with its details. */
export const hookSchema = z.looseObject({
  event: z.string().min(1),
  required: z.boolean().optional(),
  timeout: timeoutSchema.optional(),
});

/** A hook may be just the name of its event. */
const namedHookSchema = z.preprocess((hook) => (typeof hook === 'string' ? { event: hook } : hook), hookSchema);

/** Where Kiket delivers to, and the variable of the secret that it signs with. */
export const callbackSchema = z.looseObject({
  url: z.string().optional(),
  secret: z
    .string()
    .regex(/^env[.:][A-Za-z_]\w*$/, 'must be env.NAME, where NAME is the environment variable with the secret')
    .optional(),
  timeout: timeoutSchema.optional(),
});

/** Something that people can trigger. */
export const actionSchema = z.looseObject({ key: z.string().min(1) });

/** What Kiket does when somebody triggers a command or a workflow takes a step: it delivers an event. */
const eventHandlerSchema = z.looseObject({ type: z.literal('extension_event'), event: z.string().min(1) });

/** An action in the form that command palettes read. */
export const commandSchema = z.looseObject({ command: z.string().min(1), handler: eventHandlerSchema });

/** A step that workflows can take. Published manifests write the handler as a map; the event's name alone is read too. */
export const workflowActionSchema = z.looseObject({
  id: z.string().min(1),
  handler: z.union([eventHandlerSchema, z.string().min(1)]).optional(),
});

/** The extension's part of the manifest. Only what this runtime acts on is checked; Kiket knows more keys. */
export const manifestSchema = z.looseObject({
  id: z.string().min(1),
  name: z.string().min(1).optional(),
  version: z.string().min(1),
  api_version: z
    .string()
    .regex(/^v\d+$/, 'must be "v" followed by a number, such as v1')
    .default('v1'),
  delivery: z.enum(['http', 'internal']).optional(),
  callback: callbackSchema.optional(),
  hooks: z.array(namedHookSchema).optional(),
  triggers: z.array(namedHookSchema).optional(),
  actions: z.array(actionSchema).optional(),
  contributes: z
    .looseObject({
      commands: z.array(commandSchema).optional(),
      workflow_actions: z.array(workflowActionSchema).optional(),
    })
    .optional(),
  configuration: z.record(z.string(), configurationFieldSchema).optional(),
  settings: z.array(configurationFieldSchema.extend({ key: z.string().min(1) })).optional(),
  setup: z.array(z.looseObject({ test: z.looseObject({ action: z.string().optional() }).optional() })).optional(),
});
