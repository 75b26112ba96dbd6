import type { Database } from './database.ts';
import type { InstalledExtension } from './extension.ts';
import type { FaultSwitches } from './faults.ts';
import type { Tokens } from './tokens.ts';
import type { InTurn } from './turns.ts';

/** The state of the extension's server. */
export interface Guardian {
  /** Where it receives deliveries; empty until that's known. */
  url: string;
  /** Why it isn't available, for people; `null` if it is. */
  trouble: string | null;
}

/** What all parts of the sandbox share. */
export interface Platform {
  /** The folder of the extension, with its manifest and its recorded payloads. */
  root: string;
  /** Settings of the extension that differ from the manifest, by key. */
  settings: Readonly<Record<string, string>>;
  database: Database;
  extension: InstalledExtension;
  faults: FaultSwitches;
  tokens: Tokens;
  /** The webhook secret that it shares with the extension. */
  secret: string;
  /** Scopes of runtime tokens. */
  scopes: readonly string[];
  /** Where the extension calls back: the sandbox's own address. */
  baseUrl: () => string;
  /** Where the extension listens; throws a `Refusal` until that's known. */
  callbackUrl: () => string;
  guardian: () => Guardian;
  /** Kiket's clock, which the fault `clock_skew` shifts. */
  now: () => Date;
  /** Serializes attempts of a delivery and moves of an issue. */
  inTurn: InTurn;
  /** Tells all listeners that something changed, and which delivery if it was one. */
  announce: (deliveryId?: string) => void;
  /** How many changes have been announced. */
  changeCount: () => number;
  /** Calls a listener on every change from now on. Returns a function that ends this. */
  watch: (listener: (deliveryId: string | undefined) => void) => () => void;
}
