import * as z from 'zod';
import type { Database } from './database.ts';
import { Refusal } from './refusal.ts';

/** `true` until switched off; a number so many times. */
const times = z.union([z.boolean(), z.int().min(1)]).default(false);
const milliseconds = z.int().min(0).max(60_000).default(0);

/**
 * Everything that can be made to go wrong, or to go another way that Kiket's sources show. The first part is about
 * deliveries, what begins with `api_` and the shapes about the REST API; telemetry comes when it likes and would use up
 * what was meant for other calls, so no fault of the API strikes it. `error`, `too_many` and `drop` stand for
 * something between Kiket and the extension, so the extension has handled the delivery when they strike.
 */
export const faultsSchema = z.strictObject({
  latency: milliseconds.meta(delivering('Delay', 'Each delivery takes this much longer.', 'ms')),
  error: times.meta(delivering('Answer HTTP 500', 'The extension handles the delivery, but Kiket gets a 500.')),
  too_many: times.meta(delivering('Answer HTTP 429', 'The extension handles the delivery, but Kiket gets a 429.')),
  drop: times.meta(delivering('Lose the answer', 'The connection is cut before the answer arrives.')),
  clock_skew: z
    .int()
    .min(-86_400)
    .max(86_400)
    .default(0)
    .meta(delivering('Clock difference', "Kiket's clock is this far ahead, or behind if negative.", 's')),
  wrong_secret: z
    .boolean()
    .default(false)
    .meta(delivering('Wrong secret', 'Deliveries are signed with another secret.')),
  expired_token: z
    .boolean()
    .default(false)
    .meta(delivering('Expired tokens', 'Runtime tokens have expired on arrival.')),
  api_latency: milliseconds.meta(calling('Delay', 'Each API call takes this much longer.', 'ms')),
  api_error: times.meta(calling('Answer HTTP 500', 'API calls fail, and nothing is done.')),
  api_too_many: times.meta(calling('Answer HTTP 429', 'API calls are rate limited, with Retry-After.')),
  api_drop: times.meta(calling('Cut the connection', 'API calls get no answer, and nothing is done.')),
  api_lost: times.meta(calling('Lose the answer', 'API calls are carried out, but get no answer.')),
  signature: z
    .enum(['A', 'B', 'C'])
    .default('B')
    .meta(speaking('Signature', 'A signs the body, B the timestamp and the body, and C is B with sha256= in front.')),
  token: z.enum(['opaque', 'jwt']).default('opaque').meta(speaking('Runtime tokens', 'The form of runtime tokens.')),
  error_shape: z
    .enum(['text', 'detailed', 'problem'])
    .default('text')
    .meta(speaking('API errors', 'The shape of error bodies; problem is RFC 9457.')),
  secrets_shape: z
    .enum(['list', 'keys'])
    .default('list')
    .meta(speaking('List of secrets', 'The shape of the list of secrets.')),
});

/** Every fault by name as JSON Schema, for people who switch it: with a title, a group and a unit. */
export const faultSchemas: Readonly<Record<string, unknown>> =
  z.toJSONSchema(faultsSchema, { io: 'input' }).properties ?? {};

/** What goes wrong with deliveries. */
function delivering(title: string, description: string, unit = '') {
  return { title, description, unit, group: 'Deliveries' };
}

/** What goes wrong with calls of the API, except telemetry. */
function calling(title: string, description: string, unit = '') {
  return { title, description, unit, group: "Kiket's API" };
}

/** No fault, but another way to say the same that Kiket's sources show. */
function speaking(title: string, description: string) {
  return { title, description, unit: '', group: 'Dialect' };
}

/** The position of every switch. */
export type Faults = z.infer<typeof faultsSchema>;

/** Every switch in its own position. */
export const noFaults: Faults = faultsSchema.parse({});

/** Switches that count down when they strike. */
type Countdown = 'error' | 'too_many' | 'drop' | 'api_error' | 'api_too_many' | 'api_drop' | 'api_lost';

/** The switches, kept in the database so that they outlast the process. */
export interface FaultSwitches {
  current: () => Faults;
  /** Changes some switches; rejects with a {@link Refusal} or a `ZodError` for a name or a value that does not exist. */
  set: (changes: unknown) => Promise<Faults>;
  /** Switches everything off. */
  reset: () => Promise<Faults>;
  /** Whether this one strikes now. One that is on for a number of times counts down. */
  strikes: (name: Countdown) => Promise<boolean>;
}

/** Reads the switches as they were left. */
export async function loadFaults(database: Database, onChange: (faults: Faults) => void): Promise<FaultSwitches> {
  const row = await database.selectFrom('switches').select('value').where('name', '=', 'faults').executeTakeFirst();
  let faults = faultsSchema.safeParse(JSON.parse(row?.value ?? '{}')).data ?? noFaults;

  async function keep(changed: Faults): Promise<Faults> {
    faults = changed;
    const value = JSON.stringify(changed);
    await database
      .insertInto('switches')
      .values({ name: 'faults', value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
    onChange(changed);
    return changed;
  }

  return {
    current: () => faults,
    set: async (changes) => {
      const named = z.record(z.string(), z.unknown()).parse(changes);
      const unknown = Object.keys(named).find((name) => !Object.hasOwn(faultsSchema.shape, name));
      if (unknown !== undefined) {
        const known = Object.keys(faultsSchema.shape).join(', ');
        throw new Refusal(422, 'FAULT_UNKNOWN', `Unknown fault "${unknown}". Available: ${known}.`);
      }
      return keep(faultsSchema.parse({ ...faults, ...named }));
    },
    reset: () => keep(noFaults),
    strikes: async (name) => {
      const left = faults[name];
      if (left === false) return false;
      if (left !== true) await keep({ ...faults, [name]: left > 1 && left - 1 });
      return true;
    },
  };
}
