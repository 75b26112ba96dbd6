import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTextFile } from 'kiket-express/manifest';
import { parse, YAMLParseError } from 'yaml';
import * as z from 'zod';
import { readYaml } from '../lint/yamlFile.ts';

const stepSchema = z.strictObject({
  send: z.string(),
  at: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    .optional(),
  http: z.int().min(200).max(599).default(200),
  answer: z.unknown(),
});

/** The file with the deliveries and their expected answers. */
export const scenarioSchema = z.array(
  z.strictObject({
    part: z.string(),
    settings: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
    steps: z.array(stepSchema).min(1),
  }),
);

/** One delivery and its expected answer. */
export interface Step {
  /** File name of the payload. */
  name: string;
  payload: unknown;
  /** The time on the clocks of this step and those after it; the real time if no step sets it. */
  at: Date | undefined;
  http: number;
  answer: unknown;
}

/** Steps that belong together, on a server with these settings. */
export interface Part {
  name: string;
  settings: Readonly<Record<string, string | number>>;
  steps: readonly Step[];
}

/** Reads a scenario and its payloads. Throws if a file is invalid. */
export function loadScenario(path: string): readonly Part[] {
  const { data: parts, error } = scenarioSchema.safeParse(parseYaml(path));
  if (error !== undefined) throw new Error(`${path} isn't a scenario. Fix this:\n${z.prettifyError(error)}`);
  const inFolder = (name: string) => join(dirname(path), name);
  const sent = parts.flatMap(({ steps }) => steps).filter(({ send }) => existsSync(inFolder(send)));
  const hintFor = (expected: unknown) => {
    const example = sent.find(({ answer }) => statusOf(answer) === statusOf(expected)) ?? sent[0];
    if (example === undefined) return undefined;
    return `Create it as a copy of ${example.send}, and change what differs; or save a delivery from the board.`;
  };
  return parts.map(({ part, settings, steps }) => ({
    name: part,
    settings,
    steps: steps.map(({ send, at, http, answer }) => ({
      name: send,
      payload: readPayload(inFolder(send), hintFor(answer)),
      at: at === undefined ? undefined : new Date(at),
      http,
      answer,
    })),
  }));
}

/** The status of an answer, which says what kind of delivery gets it. */
function statusOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'status' in answer ? answer.status : undefined;
}

/**
 * Reads a recorded payload. Throws with file and line if it's invalid.
 *
 * @param hint what to do if it's missing
 */
export function readPayload(path: string, hint?: string): unknown {
  const text = readExisting(path, hint);
  const [wrong] = readYaml(path, text).problems;
  if (wrong !== undefined) throw new Error(`${path}:${wrong.line}:${wrong.column} ${wrong.message}`);
  return JSON.parse(text);
}

function parseYaml(path: string): unknown {
  try {
    return parse(readExisting(path));
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const { line = 1, col = 1 } = error.linePos?.[0] ?? {};
    throw new Error(`${path}:${line}:${col} isn't valid YAML: ${error.message}`, { cause: error });
  }
}

function readExisting(path: string, hint = 'Create it, or check the path.'): string {
  const text = readTextFile(path);
  if (text === undefined) throw new Error(`${path} is missing. ${hint}`);
  return text;
}

/**
 * Gives a run unique names, so that it doesn't meet anything from an earlier run on the server, and restores the
 * original names in the answers for comparison.
 */
export class RunNames {
  readonly #run = randomInt(100_000_000, 900_000_000);
  readonly #original = new Map<string, string>();
  #deliveries = 0;

  /** The payload with this run's issue and project ids, and a unique delivery id. */
  rename(payload: unknown): Record<string, unknown> {
    const renamed = this.#walk(payload, '') as Record<string, unknown>;
    this.#deliveries += 1;
    return { ...renamed, id: `evt_${this.#run}_${this.#deliveries}` };
  }

  /** The answer with the payloads' original names. */
  restore(answer: string): string {
    const names = [...this.#original].toSorted(([one], [other]) => other.length - one.length);
    return names.reduce((text, [own, original]) => text.replaceAll(own, original), answer);
  }

  #walk(value: unknown, parent: string): unknown {
    if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => {
        const isName = /^(?:issue_id|project_id|projectKey)$/.test(key) || isNameIn(parent, key);
        return [key, isName ? this.#own(child) : this.#walk(child, key)];
      }),
    );
  }

  #own(name: unknown): unknown {
    const own = typeof name === 'number' ? name * 1_000_000_000 + this.#run : this.#ownText(String(name));
    this.#original.set(String(own), String(name));
    return own;
  }

  /** `ORD` becomes `ORD123`, `ORD-42` becomes `ORD123-42`. */
  #ownText(name: string): string {
    const dash = name.lastIndexOf('-');
    return dash === -1 ? name + this.#run : `${name.slice(0, dash)}${this.#run}${name.slice(dash)}`;
  }
}

function isNameIn(parent: string, key: string): boolean {
  return /^(?:issue|case|project)$/.test(parent) && /^(?:id|key|slug)$/.test(key);
}

/** Replaces every `<any>` in an expected answer with the received value, so that the rest can be compared exactly. */
export function fillAny(expected: unknown, received: unknown): unknown {
  if (expected === '<any>') return received === undefined ? expected : received;
  if (Array.isArray(expected)) {
    return expected.map((item, index) => fillAny(item, Array.isArray(received) ? received[index] : undefined));
  }
  if (typeof expected !== 'object' || expected === null) return expected;
  const other = typeof received === 'object' && received !== null ? (received as Record<string, unknown>) : {};
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, fillAny(value, other[key])]));
}
