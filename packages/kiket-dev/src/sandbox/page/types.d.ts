import type { TemplateResult } from '../../node_modules/lit-html/lit-html.js';
import type { ActionResult } from '../actions.ts';
import type { Board } from '../board.ts';
import type { Comment } from '../comments.ts';
import type { Delivery } from '../deliveryLog.ts';
import type { GuardReport } from '../guards.ts';
import type { Issue } from '../issues.ts';
import type { Records } from '../records.ts';
import type { Outcome } from '../workflow.ts';

/** A part of the page. */
export type View = TemplateResult | readonly TemplateResult[] | string | null;

/** One guard's reason, as the guardian tells it. */
export interface Reason {
  guard: string;
  status: string;
  message?: string | null | undefined;
}

/** What came of the last thing that somebody did. */
export interface Answer {
  title: string;
  /** `asking` at first; `allow`, `pending`, `deny`, `success`, `error`; `refused` if the sandbox did not even ask. */
  status: string;
  message: string | null;
  reasons: readonly Reason[];
  approvals: string | null;
  /** What an action answered for machines. */
  data: unknown;
  /** Moves that waited and were asked about again. */
  moves: readonly Answer[];
}

/** A card that is somewhere else than its issue: carried by keyboard, or where the guardian is asked about it. */
export interface Held {
  key: string;
  to: string;
  how: 'carried' | 'asked';
}

/** What a body is about, as far as it says. */
export interface Subject {
  issue?: { key?: string } | null;
  project?: { key?: string } | null;
}

/** What is open over the board. */
export type Layer =
  | { kind: 'delivery'; id: string }
  | { kind: 'palette' }
  | { kind: 'menu'; key: string; anchor: Element }
  | { kind: 'new' }
  | { kind: 'anew' }
  /** With the issue as it was when somebody began to edit it. */
  | { kind: 'edit'; card: Card };

/** What a dialog has to say about what was done in it. */
export interface Said {
  layer: Layer | undefined;
  text: string;
  isTrouble?: boolean;
  isUnderWay?: boolean;
  /** The command that was copied. */
  command?: string;
}

/** One line of the menu or the palette. */
export interface Command {
  group: string;
  label: string;
  run: () => unknown;
}

/** One switch of the faults, as JSON Schema. */
export interface FaultSchema {
  description: string;
  default: unknown;
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  anyOf?: FaultSchema[];
}

/** Everything that the page shows. */
export interface State {
  board: Board | undefined;
  deliveries: readonly Delivery[];
  faultSchemas: Readonly<Record<string, FaultSchema>>;
  /** Whether changes come in as they happen. */
  isLive: boolean;
  /** E-mail address of whoever does things. */
  me: string;
  project: string;
  /** Key of the issue in the panel. */
  selected: string | undefined;
  /** The status that the guards are asked about. */
  target: string | undefined;
  guards: { key: string; to: string; report: GuardReport | undefined; trouble: string | undefined } | undefined;
  details: { key: string; comments: readonly Comment[]; rows: Records['custom_data'] } | undefined;
  /** At most one for each card, and at most one that is carried. */
  held: readonly Held[];
  answer: Answer | undefined;
  areFaultsOpen: boolean;
  layer: Layer | undefined;
  said: Said | undefined;
}

export type { ActionResult, Board, Comment, Delivery, GuardReport, Issue, Outcome, Records };
export type { Faults } from '../faults.ts';
export type { Change } from '../platform.ts';
/** An issue on the board. */
export type Card = Board['issues'][number];
export type Attempt = Delivery['attempts'][number];
