import * as z from 'zod';

const said = z.unknown().optional();

/** What calls an extension: a step of an automation or a workflow. */
const callSchema = z.looseObject({
  extension: said,
  command: said,
  action: said,
  action_key: said,
  event: said,
  params: said,
});

const guardSchema = callSchema.extend({ check: said, on_fail: z.looseObject({ action: said, message: said }) });

const steps = { guards: z.array(guardSchema), on_enter: z.array(callSchema), on_exit: z.array(callSchema) };

const stateSchema = z.looseObject({ type: said, ...steps });

/**
 * The keys that a file of docs/examples/ has: an automation or a workflow. Only what is nearly one of them is told, because
 * Kiket knows more of them than its sources show, and its lists may be maps.
 */
export const exampleSchema = z.looseObject({
  title: said,
  description: said,
  model_version: said,
  automations: z.array(
    z.looseObject({
      name: said,
      trigger: z.looseObject({
        event: said,
        conditions: z.array(z.looseObject({ field: said, operator: said, value: said })),
      }),
      actions: z.array(callSchema),
    }),
  ),
  workflow: z.looseObject({ id: said, name: said }),
  states: z.union([z.record(z.string(), stateSchema), z.array(stateSchema)]),
  transitions: z.array(z.looseObject({ from: said, to: said, name: said, ...steps })),
  ...steps,
});
