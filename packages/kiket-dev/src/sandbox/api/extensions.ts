import * as z from 'zod';
import { act } from '../actions.ts';
import type { InstalledExtension } from '../extension.ts';
import { Refusal } from '../refusal.ts';
import { actSchema, findSubject } from '../subject.ts';
import type { ApiDependencies, Call, Endpoint } from './endpoint.ts';
import { requireProject } from './issues.ts';

const eventSchema = z.looseObject({ event: z.string().min(1) });

/** The installed extension: its description, events, telemetry and actions. */
export function extensionEndpoints({ platform, workflow }: ApiDependencies): Endpoint[] {
  const { database, extension } = platform;

  async function keep(kind: 'event' | 'telemetry', record: unknown): Promise<void> {
    const report = { kind, record: JSON.stringify(record ?? null), received_at: platform.now().toISOString() };
    await database.insertInto('reports').values(report).execute();
  }

  return [
    {
      method: 'post',
      path: '/ext/telemetry',
      // The SDKs send no credential.
      isOpen: true,
      handle: async ({ body }) => {
        await keep('telemetry', body);
        return { status: 202, body: {} };
      },
    },
    {
      method: 'get',
      path: '/marketplace/telemetry',
      handle: async ({ query }) => {
        const { window_hours: hours } = windowSchema.parse(query);
        const since = new Date(platform.now().getTime() - hours * 3_600_000).toISOString();
        const reports = await database
          .selectFrom('reports')
          .select(['record', 'received_at'])
          .where('kind', '=', 'telemetry')
          .where('received_at', '>=', since)
          .orderBy('id')
          .execute();
        return { body: { window_seconds: hours * 3_600, ...summarize(reports, extension) } };
      },
    },
    {
      method: 'get',
      path: '/extensions/:id',
      handle: async ({ params }) => {
        requireExtension(extension, params);
        const { id, name, version, apiVersion, scopes } = extension;
        return { body: { id, name, version, api_version: apiVersion, permissions: scopes } };
      },
    },
    {
      method: 'post',
      path: '/extensions/:id/events',
      handle: async ({ params, body }) => {
        requireExtension(extension, params);
        await keep('event', eventSchema.parse(body));
        return { status: 201, body: { status: 'logged' } };
      },
    },
    {
      method: 'post',
      path: '/extensions/:id/actions/:action',
      scope: 'workflows:execute',
      handle: async ({ params, body, caller }) => {
        requireExtension(extension, params);
        const { form, inputs, ...names } = actSchema.parse(body ?? {});
        requireNobody(caller, names.as);
        const subject = await findSubject(platform, names);
        requireProject(caller, subject.project.id);
        const result = await act(platform, workflow, { key: params['action'] ?? '', subject, form, inputs });
        if (result.answer !== null) return { status: result.http ?? 502, body: result.answer };
        throw new Refusal(502, 'EXTENSION_SILENT', `The extension didn't answer: ${result.error ?? 'no JSON'}`);
      },
    },
  ];
}

const windowSchema = z.object({ window_hours: z.coerce.number().positive().default(24) });

const telemetrySchema = z.looseObject({
  event: z.string().catch(''),
  status: z.string().catch(''),
  duration_ms: z.number().catch(0),
  extension_id: z.string().catch('unknown'),
  error_message: z.string().catch(''),
  timestamp: z.string().optional().catch(undefined),
});
type Telemetry = z.infer<typeof telemetrySchema>;

/** What `kiket marketplace telemetry report` prints. Rates are percentages. */
function summarize(
  reports: readonly { record: string; received_at: string }[],
  { id: ownId, name: ownName }: InstalledExtension,
) {
  const records = reports.flatMap(({ record, received_at: receivedAt }) => {
    const { data } = telemetrySchema.safeParse(JSON.parse(record));
    return data === undefined ? [] : [{ ...data, occurred_at: data.timestamp ?? receivedAt }];
  });
  const nameOf = (id: string) => (id === ownId ? ownName : id);
  const errors = records.filter(isError);
  const durations = records.map(({ duration_ms: duration }) => duration).toSorted((one, other) => one - other);
  const ids = [...new Set(records.map(({ extension_id: id }) => id))];
  const extensions = ids.map((id) => ({ id, records: records.filter(({ extension_id: each }) => each === id) }));
  return {
    total_events: records.length,
    error_count: errors.length,
    ...averages(records),
    p95_latency_ms: durations[Math.max(0, Math.ceil(durations.length * 0.95) - 1)] ?? 0,
    top_extensions: extensions.map(({ id, records: own }) => ({
      name: nameOf(id),
      extension_id: id,
      total: own.length,
      ...averages(own),
    })),
    recent_errors: errors.slice(-10).map(({ extension_id: id, event, error_message: message, occurred_at: at }) => ({
      name: nameOf(id),
      extension_id: id,
      event,
      error_message: message,
      occurred_at: at,
    })),
  };
}

function isError({ status }: Telemetry): boolean {
  return status === 'error';
}

function averages(records: readonly Telemetry[]): { error_rate: number; avg_latency_ms: number } {
  const count = Math.max(1, records.length);
  const total = records.reduce((sum, { duration_ms: duration }) => sum + duration, 0);
  return {
    error_rate: Math.round((records.filter(isError).length / count) * 1_000) / 10,
    avg_latency_ms: Math.round((total / count) * 10) / 10,
  };
}

/** A runtime token belongs to the extension, so it can't act for a person. */
function requireNobody(caller: Call['caller'], as: string | undefined): void {
  if (as === undefined || caller.projectId === undefined) return;
  const message = `A runtime token can't act as a person. Remove "as", or use the API key or the workspace token.`;
  throw new Refusal(403, 'ACTOR_FORBIDDEN', message);
}

/** Throws a {@link Refusal} unless the path names the extension that is installed here. */
export function requireExtension({ id }: InstalledExtension, params: Call['params']): void {
  if (params['id'] === id) return;
  throw new Refusal(404, 'EXTENSION_NOT_FOUND', `Unknown extension ${params['id'] ?? ''}. Available: ${id}.`);
}
