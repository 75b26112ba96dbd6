import type { Database } from './database.ts';
import type { InstalledExtension } from './extension.ts';
import type { FaultSwitches } from './faults.ts';
import type { Tokens } from './tokens.ts';
import type { InTurn } from './turns.ts';

/** How the extension's server is doing. */
export interface Guardian {
  /** Where it takes deliveries; empty as long as nobody has said. */
  url: string;
  /** Why it takes none at the moment, for people; `null` if it does. */
  trouble: string | null;
}

/** What every part of the sandbox works with. */
export interface Platform {
  /** The folder of the extension, with its manifest and its recorded payloads. */
  root: string;
  /** Settings of the extension that are not the manifest's, by key. */
  settings: Readonly<Record<string, string>>;
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
  guardian: () => Guardian;
  /** Kiket's clock, which the fault `clock_skew` makes wrong. */
  now: () => Date;
  /** Lets one attempt of a delivery, and one move of an issue, be made at a time. */
  inTurn: InTurn;
  /** Tells all listeners that something changed, and which delivery if it was one. */
  announce: (deliveryId?: string) => void;
  /** How many changes have been announced. */
  changeCount: () => number;
  /** Calls a listener on every change from now on. Returns what ends that. */
  watch: (listener: (deliveryId: string | undefined) => void) => () => void;
}
