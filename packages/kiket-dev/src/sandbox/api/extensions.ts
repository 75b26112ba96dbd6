import * as z from 'zod';
import { act } from '../actions.ts';
import type { InstalledExtension } from '../extension.ts';
import { Refusal } from '../refusal.ts';
import { actSchema, findSubject } from '../subject.ts';
import { endpoint, type ApiDependencies, type Call, type Endpoint } from './endpoint.ts';
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
      ...endpoint('post', '/ext/telemetry', null, async ({ body }) => {
        await keep('telemetry', body);
        return { status: 202, body: {} };
      }),
      // The SDKs send no credential.
      isOpen: true,
    },
    endpoint('get', '/extensions/:id', null, async ({ params }) => {
      requireExtension(extension, params);
      const { id, name, version, apiVersion, scopes } = extension;
      return { body: { id, name, version, api_version: apiVersion, permissions: scopes } };
    }),
    endpoint('post', '/extensions/:id/events', null, async ({ params, body }) => {
      requireExtension(extension, params);
      await keep('event', eventSchema.parse(body));
      return { status: 201, body: { status: 'logged' } };
    }),
    endpoint('post', '/extensions/:id/actions/:action', 'workflows:execute', async ({ params, body, caller }) => {
      requireExtension(extension, params);
      const { form, inputs, ...names } = actSchema.parse(body ?? {});
      requireNobody(caller, names.as);
      const subject = await findSubject(platform, names);
      requireProject(caller, subject.project.id);
      const result = await act(platform, workflow, { key: params['action'] ?? '', subject, form, inputs });
      if (result.answer !== null) return { status: result.http ?? 502, body: result.answer };
      throw new Refusal(502, 'EXTENSION_SILENT', `The extension didn't answer: ${result.error ?? 'no JSON'}`);
    }),
  ];
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
