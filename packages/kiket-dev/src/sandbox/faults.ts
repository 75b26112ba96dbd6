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
  latency: milliseconds.describe('how long a delivery is on its way, in ms'),
  error: times.describe('a delivery is answered 500 although the extension has handled it'),
  too_many: times.describe('a delivery is answered 429 although the extension has handled it'),
  drop: times.describe('the connection of a delivery is cut before its answer arrives'),
  clock_skew: z.int().min(-86_400).max(86_400).default(0).describe("how far Kiket's clock is ahead, in seconds"),
  signature: z.enum(['A', 'B', 'C']).default('B').describe('A: body alone; B: timestamp and body; C: B with sha256='),
  wrong_secret: z.boolean().default(false).describe('deliveries are signed with another secret'),
  token: z.enum(['opaque', 'jwt']).default('opaque').describe('the form of runtime tokens'),
  expired_token: z.boolean().default(false).describe('runtime tokens have expired when they are made'),
  api_latency: milliseconds.describe('how long the API takes to answer, in ms (not to telemetry)'),
  api_error: times.describe('the API answers 500 (not to telemetry)'),
  api_too_many: times.describe('the API answers 429 with Retry-After (not to telemetry)'),
  api_drop: times.describe('the API cuts the connection instead of answering (not telemetry)'),
  api_lost: times.describe(
    'the API does what it was asked, and cuts the connection instead of saying so (not telemetry)',
  ),
  error_shape: z.enum(['text', 'detailed', 'problem']).default('text').describe('what errors of the API look like'),
  secrets_shape: z.enum(['list', 'keys']).default('list').describe('what a list of secrets looks like'),
});

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
        throw new Refusal(422, 'FAULT_UNKNOWN', `There is no fault ${unknown}. There are: ${known}.`);
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
