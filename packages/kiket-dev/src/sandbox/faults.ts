import * as z from 'zod';
import type { Database } from './database.ts';
import { Refusal } from './refusal.ts';

/** `true` until switched off; a number for that many times. */
const times = z.union([z.boolean(), z.int().min(1)]).default(false);
const milliseconds = z.int().min(0).max(60_000).default(0);

/**
 * All faults, and other variants of the contract in Kiket's sources. The first part is about deliveries; names with
 * `api_` and the shapes are about the REST API. API faults don't apply to telemetry, which arrives at any time and
 * would use them up. `error`, `too_many` and `drop` happen between Kiket and the extension, so the extension has
 * already handled the delivery.
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

/** Every fault by name as JSON Schema, with a title, a group and a unit for people. */
export const faultSchemas: Readonly<Record<string, unknown>> =
  z.toJSONSchema(faultsSchema, { io: 'input' }).properties ?? {};

/** Faults of deliveries. */
function delivering(title: string, description: string, unit = '') {
  return { title, description, unit, group: 'Deliveries' };
}

/** Faults of API calls, except telemetry. */
function calling(title: string, description: string, unit = '') {
  return { title, description, unit, group: "Kiket's API" };
}

/** Not faults, but other variants of the contract in Kiket's sources. */
function speaking(title: string, description: string) {
  return { title, description, unit: '', group: 'Dialect' };
}

/** The value of every fault. */
export type Faults = z.infer<typeof faultsSchema>;

/** All faults off. */
export const noFaults: Faults = faultsSchema.parse({});

/** Faults that count down each time they happen. */
type Countdown = 'error' | 'too_many' | 'drop' | 'api_error' | 'api_too_many' | 'api_drop' | 'api_lost';

/** The faults, stored in the database so that they outlast the process. */
export interface FaultSwitches {
  current: () => Faults;
  /** Changes some faults. Rejects with a {@link Refusal} or a `ZodError` for an invalid name or value. */
  set: (changes: unknown) => Promise<Faults>;
  /** Turns off all faults. */
  reset: () => Promise<Faults>;
  /** Whether this fault happens now. A number counts down. */
  strikes: (name: Countdown) => Promise<boolean>;
}

/** Reads the stored faults. */
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
