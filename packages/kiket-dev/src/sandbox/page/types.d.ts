import type { TemplateResult } from '../../node_modules/lit-html/lit-html.js';
import type { Pushed } from '../stream.ts';

/** A part of the page. */
export type View = TemplateResult | readonly TemplateResult[] | string | null;

/** One guard's reason, as the extension gives it. */
export interface Reason {
  guard: string;
  status: string;
  message?: string | null | undefined;
}

/** A move that a person asked for, and the fields it still needs. */
export interface AskedMove {
  key: string;
  to: string;
  /** Fields that a guard wants filled in. */
  missing: readonly string[];
}

/** What happened when somebody did something. */
export interface Result {
  title: string;
  /** `asking` at first; `allow`, `pending`, `deny`, `success` or `error`; `failed` if the extension wasn't reached or the sandbox refuses. */
  status: string;
  message?: string | null | undefined;
  reasons?: readonly Reason[];
  /** Fields that changed. */
  changes?: readonly { label: string; from: string; to: string }[];
  /** What an action answered for machines. */
  data?: unknown;
  move?: AskedMove;
}

/** What a dialog says about what was done in it. */
export interface Note {
  text: string;
  isTrouble?: boolean;
  isBusy?: boolean;
  /** The command that was copied. */
  command?: string;
}

/** What an action is about, by key. */
export interface Subject {
  issue?: string;
  project?: string;
}

/** One field of a form. */
export interface Field {
  key: string;
  label: string;
  value?: string;
  /** Whether it takes no blank text. */
  required?: boolean;
  /** Whether it has several lines. */
  isLong?: boolean;
  choices?: readonly { key: string; name: string }[];
}

/** What a form asks for. */
export interface Form {
  title: string;
  text?: string;
  fields: readonly Field[];
  button: string;
  /** Takes what was typed, by key; resolves to what failed. */
  save: (values: Record<string, string>) => Promise<Result | undefined>;
}

/** The dialog over the board. */
export interface Dialog {
  view: () => View;
  note?: Note | undefined;
}

/** One line of a menu or the palette. */
export interface Command {
  label: string;
  /** What it is for. */
  about: string;
  run: () => unknown;
}

/** What a fault can be set to, as JSON Schema. */
export interface FaultSchema {
  title: string;
  description: string;
  group: string;
  unit: string;
  default: unknown;
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  anyOf?: FaultSchema[];
}

/** Everything that the page shows. */
export interface State {
  /** What the sandbox pushed last. */
  pushed: Pushed | undefined;
  /** Whether the sandbox pushes what changes. */
  isLive: boolean;
  /** Email address of the person who does things. */
  me: string;
  /** Key of the project whose board is shown. */
  project: string;
  /** Key of the issue in the panel, if there's one. */
  selected: string;
  /** The status that the guards are asked about; the next one unless somebody has chosen. */
  target: string;
  results: readonly Result[];
  /** Issues that the extension is being asked about, and the status where they are shown meanwhile. */
  asking: ReadonlyMap<string, string>;
  /** Key of the issue whose card is dragged, if one is. */
  dragged: string;
  dialog: Dialog | undefined;
}

export type { ActionResult } from '../actions.ts';
export type { Card } from '../board.ts';
export type { Signed } from '../courier.ts';
export type { Delivery } from '../deliveryLog.ts';
export type { Faults } from '../faults.ts';
export type { Issue } from '../issues.ts';
export type { Outcome } from '../workflow.ts';
export type { Pushed } from '../stream.ts';
