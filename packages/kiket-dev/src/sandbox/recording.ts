import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardEvent } from 'kiket-express/manifest';
import { stringify } from 'yaml';
import * as z from 'zod';
import { findDelivery, isDelivered, type Attempt, type Delivery } from './deliveryLog.ts';
import { parseObject } from './decision.ts';
import type { Platform } from './platform.ts';
import { faultAnswer } from './post.ts';
import { Refusal } from './refusal.ts';

/** The name of a payload: a plain word, so that its file is in `replay/`. */
export const recordSchema = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, 'write small letters, digits, _ and -, such as move_to_done'),
});

/** The written files, by path from the project's folder. */
export interface Recorded {
  files: string[];
}

/**
 * Saves a delivery as a recorded payload in `replay/`, with a part of `scenario.yaml` that expects its answer. A replay
 * starts with an empty store, so the earlier actions and events of the issue, on which the answer depends, are saved
 * before it. Overwrites nothing.
 *
 * @throws Refusal if replay couldn't get the same answer, or the payload's name exists
 */
export async function record(
  platform: Platform,
  delivery: Delivery,
  { name }: z.infer<typeof recordSchema>,
): Promise<Recorded> {
  const recorded = [...(await earlierDeliveries(platform, delivery)), delivery];
  const steps = recorded.map(({ content, attempts }, index) => ({
    file: index === recorded.length - 1 ? `${name}.json` : `${name}_before_${index + 1}.json`,
    content: payloadOf(content, attempts.at(-1)),
    ...expectation(index === recorded.length - 1 ? attempts.at(-1) : attempts.findLast(isDelivered)),
  }));
  const folder = join(platform.root, 'replay');
  const scenario = join(folder, 'scenario.yaml');
  if (!existsSync(scenario)) {
    throw new Refusal(
      409,
      'SCENARIO_MISSING',
      'replay/scenario.yaml is missing. Create an empty file there, then save again.',
    );
  }
  const part = {
    part: `Recorded: ${name}`,
    ...(Object.keys(platform.settings).length > 0 ? { settings: platform.settings } : {}),
    steps: steps.map(({ file, http, answer }) => ({ send: file, http, answer })),
  };
  // Loaded on demand, because loading is slow.
  const { format, resolveConfig } = await import('prettier');
  const text = `${readFileSync(scenario, 'utf8').trimEnd()}\n\n${stringify([part])}`;
  const formatted = await format(text, { ...(await resolveConfig(scenario)), parser: 'yaml' });
  writeNew(folder, steps);
  writeFileSync(scenario, formatted);
  return { files: [...steps.map(({ file }) => `replay/${file}`), 'replay/scenario.yaml'] };
}

/**
 * Guards decide again each time, so only actions and events matter. A report about a project also depends on decisions.
 */
async function earlierDeliveries(
  platform: Platform,
  { sequence, project_id: projectId, content }: Delivery,
): Promise<Delivery[]> {
  const rows = await platform.database
    .selectFrom('deliveries')
    .select('id')
    .where('project_id', '=', projectId)
    .where('sequence', '<', sequence)
    .orderBy('sequence')
    .execute();
  const earlier = await Promise.all(rows.map((row) => findDelivery(platform, row.id)));
  const issue = issueOf(content);
  return earlier
    .filter(({ attempts }) => attempts.some(isDelivered))
    .filter((each) => issue === undefined || (issueOf(each.content) === issue && each.event !== guardEvent));
}

/** The id of the issue in a body. */
function issueOf(content: Record<string, unknown>): unknown {
  const { issue, context } = content as Partial<
    Record<'issue' | 'context', { id?: unknown; issue?: { id?: unknown } }>
  >;
  return issue?.id ?? context?.issue?.id;
}

/**
 * The body without the parts that a replay creates, and without token and secrets, except for which of these are
 * missing.
 */
function payloadOf(
  { id: _id, occurred_at: _time, ...content }: Record<string, unknown>,
  attempt: Attempt | undefined,
): Record<string, unknown> {
  const { secret_status: status } = parseObject(attempt?.body ?? '') ?? {};
  return { ...content, ...(status === undefined ? {} : { secret_status: status }) };
}

/** The extension's answer, with `<any>` for what differs between runs: times and generated ids. */
function expectation(attempt: Attempt | undefined): { http: number; answer: unknown } {
  const { status = null, answer = null } = attempt ?? {};
  const body = parseObject(answer ?? '');
  const isItsOwn = status !== null && status < 500 && status !== 401 && answer !== faultAnswer;
  if (!isItsOwn || body === undefined) {
    const what = attempt?.error ?? (status === null ? 'none' : `HTTP ${status}`);
    const message = `Replay couldn't get this answer again (${what}). Turn off all faults, redeliver, and save that one.`;
    throw new Refusal(409, 'ANSWER_NOT_REPEATABLE', message);
  }
  const answered = JSON.parse(JSON.stringify(body), (_key, value: unknown) =>
    differsEachRun(value) ? '<any>' : value,
  );
  return { http: status, answer: answered as unknown };
}

function differsEachRun(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$|^\w*[0-9a-f]{16,}$/.test(value);
}

/** Writes all of the payloads or none. */
function writeNew(folder: string, payloads: readonly { file: string; content: unknown }[]): void {
  const written: string[] = [];
  for (const { file, content } of payloads) {
    try {
      writeFileSync(join(folder, file), `${JSON.stringify(content, null, 2)}\n`, { flag: 'wx' });
      written.push(file);
    } catch (error) {
      for (const each of written) rmSync(join(folder, each));
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
      throw new Refusal(409, 'REPLAY_EXISTS', `replay/${file} already exists. Choose another name.`);
    }
  }
}
