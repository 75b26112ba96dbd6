import type { Database } from './database.ts';
import type { InstalledExtension } from './extension.ts';
import type { FaultSwitches } from './faults.ts';
import type { Tokens } from './tokens.ts';
import type { InTurn } from './turns.ts';

/** Something that changed, for whoever looks on. */
export type Change =
  | { type: 'issue'; key: string }
  | { type: 'delivery'; id: string }
  | { type: 'report' }
  | { type: 'faults' }
  | { type: 'reset' };

/** What every part of the sandbox works with. */
export interface Platform {
  database: Database;
  extension: InstalledExtension;
  faults: FaultSwitches;
  tokens: Tokens;
  /** The webhook secret that the extension knows too. */
  secret: string;
  /** Scopes of runtime tokens. */
  scopes: readonly string[];
  /** Where the extension calls back: the sandbox's own address. */
  baseUrl: () => string;
  /** Where the extension listens; throws a `Refusal` as long as nobody has said. */
  callbackUrl: () => string;
  /** Kiket's clock, which the fault `clock_skew` makes wrong. */
  now: () => Date;
  /** Lets one attempt of a delivery, and one move of an issue, be made at a time. */
  inTurn: InTurn;
  announce: (change: Change) => void;
  /** Tells a listener of every change from now on. Returns what ends that. */
  watch: (listener: (change: Change) => void) => () => void;
}
