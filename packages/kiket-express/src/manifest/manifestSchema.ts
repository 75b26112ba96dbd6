import * as z from 'zod';
import { configurationFieldSchema } from './settings.ts';

const timeoutSchema = z.int().min(100).max(60_000);

/** A hook with its details. */
export const hookSchema = z.looseObject({
  event: z.string().min(1),
  required: z.boolean().optional(),
  timeout: timeoutSchema.optional(),
});

/** A hook can be just the name of its event. */
const namedHookSchema = z.preprocess((hook) => (typeof hook === 'string' ? { event: hook } : hook), hookSchema);

/** Where Kiket delivers, and the variable with its signing secret. */
export const callbackSchema = z.looseObject({
  url: z.string().optional(),
  secret: z
    .string()
    .regex(/^env[.:][A-Za-z_]\w*$/, 'must be env.NAME, where NAME is the environment variable with the secret')
    .optional(),
  timeout: timeoutSchema.optional(),
});

/** An action that people can trigger. */
export const actionSchema = z.looseObject({ key: z.string().min(1) });

/** What Kiket does when a person runs a command or a workflow takes a step: it delivers an event. */
const eventHandlerSchema = z.looseObject({ type: z.literal('extension_event'), event: z.string().min(1) });

/** An action in the form that command palettes read. */
export const commandSchema = z.looseObject({ command: z.string().min(1), handler: eventHandlerSchema });

/** A workflow step. Published manifests have the handler as a map; the event's name alone also works. */
export const workflowActionSchema = z.looseObject({
  id: z.string().min(1),
  handler: z.union([eventHandlerSchema, z.string().min(1)]).optional(),
});

/** The extension's part of the manifest. Only the keys that this runtime uses are checked; Kiket has more. */
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
