import * as z from 'zod';
import type { Platform } from '../platform.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { requireProject } from './issues.ts';

const querySchema = z.object({
  project_id: z.coerce.number().int(),
  issue_id: z.coerce.number().int().optional(),
  state: z.enum(['imminent', 'breached', 'recovered']).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Service-level events: what is late or soon will be. */
export function slaEndpoints({ database }: Platform): Endpoint[] {
  return [
    endpoint('get', '/ext/sla/events', 'issues:read', async ({ query, caller }) => {
      const { project_id: projectId, issue_id: issueId, state, limit } = querySchema.parse(query);
      requireProject(caller, projectId);
      const rows = await database
        .selectFrom('sla_events')
        .selectAll()
        .where('project_id', '=', projectId)
        .orderBy('id')
        .execute();
      const data = rows
        .filter((row) => issueId === undefined || row.issue_id === issueId)
        .filter((row) => state === undefined || row.state === state)
        .slice(0, limit)
        .map(({ definition, metrics, ...row }) => ({
          ...row,
          definition: JSON.parse(definition) as unknown,
          metrics: JSON.parse(metrics) as unknown,
        }));
      return { body: { data } };
    }),
  ];
}
