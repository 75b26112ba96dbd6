import type { Logger } from 'pino';
import { staticCredential, runtimeCredential, type Credential, type StaticCredentials } from '../client/credentials.ts';
import { Deadline, untilAborted } from '../deadline.ts';
import type { Handled } from './handled.ts';
import type { TelemetryRecord } from '../schemas.ts';
import { describeRun, writeRecord } from './telemetryRecord.ts';

/** Called for each run. Its errors are logged. Only a stop, or a function about to freeze, waits for it briefly. */
export type FeedbackHook = (record: TelemetryRecord) => Promise<void> | void;

/** Reports the results of handler runs to Kiket and the feedback hook. */
export interface Telemetry {
  /** Records a run whose answer has been sent. Returns at once and never throws. */
  record: (handled: Handled) => void;
  /** Sends waiting records for at most this many milliseconds (2,000 by default), and drops the rest. */
  settle: (withinMs?: number) => Promise<void>;
}

/** What telemetry needs. */
export interface TelemetryOptions {
  /** `KIKET_SDK_TELEMETRY_OPTOUT` turns sending off. The feedback hook is still called. */
  isEnabled: boolean;
  /** `KIKET_SDK_TELEMETRY_URL`; Kiket's address by default. */
  url: string | undefined;
  /** `KIKET_BASE_URL`: the only origin that gets a credential. */
  baseUrl: string;
  credentials: StaticCredentials;
  extensionId: string;
  extensionVersion: string;
  feedbackHook: FeedbackHook | undefined;
  clock: () => Date;
  log: Logger;
}

interface Report {
  record: TelemetryRecord;
  credential: Credential | undefined;
}

/** More waiting records than this are dropped, so that an outage of Kiket doesn't cost memory. */
const maxWaiting = 100;
const maxInFlight = 2;
const timeoutMs = 5_000;
const settleWithinMs = 2_000;

/** Creates the telemetry of a process. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { isEnabled, baseUrl, feedbackHook, clock, log } = options;
  const target = telemetryUrl(options);
  const isPinned = target.origin === new URL(baseUrl).origin;
  const waiting: Report[] = [];
  const senders = new Set<Promise<void>>();
  const hooks = new Set<Promise<void>>();
  const limits = new Set<Deadline>();
  let dropped = 0;
  let failed = 0;

  // One line when it starts to fail and one when it works again, however much is sent in between.
  const noteFailure = (error: unknown): void => {
    failed += 1;
    if (failed === 1) log.warn({ err: error }, 'telemetry failed');
  };
  const noteSuccess = (): void => {
    if (failed > 0) log.info({ failed }, 'telemetry works again');
    failed = 0;
  };
  const sendAll = async (): Promise<void> => {
    for (let report = waiting.shift(); report !== undefined; report = waiting.shift()) {
      const limit = new Deadline(timeoutMs);
      limits.add(limit);
      await send(target, report, limit.signal).then(noteSuccess, noteFailure);
      limit.clear();
      limits.delete(limit);
    }
  };
  const enqueue = (report: Report): void => {
    if (waiting.length >= maxWaiting) {
      dropped += 1;
      if (dropped === 1) log.warn('telemetry is being dropped: it arrives faster than it can be sent');
      return;
    }
    waiting.push(report);
    if (senders.size >= maxInFlight) return;
    const sender = sendAll().finally(() => senders.delete(sender));
    senders.add(sender);
  };

  return {
    record: (handled) => {
      if (!isEnabled && feedbackHook === undefined) return;
      const record = describeRun(handled, { now: clock(), ...options });
      if (record === undefined) return;
      const hook = callHook(feedbackHook, record, log).finally(() => hooks.delete(hook));
      hooks.add(hook);
      const credential = isPinned ? credentialOf(options, handled, clock()) : undefined;
      // Kiket wouldn't know whose it is.
      if (!isEnabled || (isPinned && credential === undefined)) return;
      enqueue({ record, credential });
    },
    settle: async (withinMs = settleWithinMs) => {
      const deadline = new Deadline(withinMs);
      await untilAborted(Promise.all([...senders, ...hooks]), deadline.signal).catch(() => {});
      deadline.clear();
      waiting.length = 0;
      for (const limit of limits) limit.expire();
      await Promise.all(senders);
      if (dropped > 0) log.warn({ dropped }, 'telemetry was dropped');
      dropped = 0;
    },
  };
}

/** The SDKs append `/telemetry` if it's missing. */
function telemetryUrl({ url, baseUrl }: TelemetryOptions): URL {
  const base = new URL(url ?? '/api/v1/ext', baseUrl);
  base.pathname = base.pathname.replace(/\/*(?:telemetry\/*)?$/, '/telemetry');
  return base;
}

/** The tenant of the run, preferably from the delivery's token. */
function credentialOf({ credentials }: TelemetryOptions, { delivery }: Handled, now: Date): Credential | undefined {
  return (delivery && runtimeCredential(delivery.auth, now)) ?? staticCredential(credentials);
}

async function callHook(feedbackHook: FeedbackHook | undefined, record: TelemetryRecord, log: Logger): Promise<void> {
  try {
    await feedbackHook?.(record);
  } catch (error) {
    log.error({ err: error }, 'the feedback hook failed');
  }
}

async function send(url: URL, { record, credential }: Report, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': `${record.extensionId}/${record.extensionVersion}`,
      ...(credential === undefined ? {} : { [credential.header]: credential.value }),
    },
    body: JSON.stringify(writeRecord(record)),
    redirect: 'manual',
    signal,
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`Telemetry got HTTP ${response.status}.`);
}
