import { empty, type Database } from './database.ts';

/** The installation of the extension. */
export const installation = { extensionId: 55, installationId: 812, workspace: 'acme' };

/** The organization of a new sandbox. */
const firstOrganizationId = 3;

const people = [
  { id: 19, email: 'mira@example.com', name: 'Mira' },
  { id: 23, email: 'noor@example.com', name: 'Noor' },
  { id: 31, email: 'sam@example.com', name: 'Sam' },
];

const states = [
  { key: 'backlog', name: 'Backlog' },
  { key: 'in_progress', name: 'In progress' },
  { key: 'review', name: 'Review' },
  { key: 'done', name: 'Done' },
];

/** One step forward, and back to any earlier state. */
const steps = states.flatMap((from, index) =>
  states
    .filter((_to, other) => other === index + 1 || other < index)
    .map((to) => ({ from_state: from.key, to_state: to.key })),
);

const projects = [
  { id: 7, key: 'ORD', name: 'Orders' },
  { id: 8, key: 'OPS', name: 'Operations' },
];

const issues = [
  { id: 4711, key: 'ORD-42', title: 'Ship the invoice export', status: 'review', labels: ['invoices'] },
  { id: 4712, key: 'ORD-43', title: 'Round totals to the cent', status: 'review', assignee_id: 23 },
  { id: 4713, key: 'ORD-44', title: 'Let customers cancel an order', status: 'in_progress', assignee_id: 19 },
  { id: 4714, key: 'ORD-45', title: 'Print delivery notes', status: 'backlog', priority: 'low' },
  { id: 4801, key: 'OPS-1', title: 'Rotate the database password', status: 'review', assignee_id: 31 },
];

/**
 * Replaces everything with the initial story, in one transaction. It belongs to another organization: the guardian
 * stores approvals and decisions by organization, so earlier ones no longer count, wherever it runs.
 */
export async function seedAnew(database: Database, now: Date): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const project = await transaction.selectFrom('projects').select('organization_id').executeTakeFirst();
    await empty(transaction);
    await seed(transaction, now, (project?.organization_id ?? firstOrganizationId) + 1);
  });
}

/** Fills an empty database with the initial story: ORD-42 is ready, but not assigned. */
export async function seed(database: Database, now: Date, organizationId = firstOrganizationId): Promise<void> {
  const time = now.toISOString();
  await database.insertInto('users').values(people).execute();
  for (const project of projects) {
    await database
      .insertInto('projects')
      .values({ ...project, organization_id: organizationId })
      .execute();
    const at = { project_id: project.id };
    await database
      .insertInto('states')
      .values(states.map((state, position) => ({ ...at, ...state, position })))
      .execute();
    await database
      .insertInto('transitions')
      .values(steps.map((step) => ({ ...at, ...step })))
      .execute();
    const own = issues.filter(({ key }) => key.startsWith(`${project.key}-`));
    for (const { labels = [], priority = 'medium', assignee_id = null, ...issue } of own) {
      await database
        .insertInto('issues')
        .values({
          ...at,
          ...issue,
          priority,
          assignee_id,
          description: null,
          issue_type: 'feature',
          labels: JSON.stringify(labels),
          custom_fields: '{}',
          created_at: time,
          updated_at: time,
        })
        .execute();
    }
  }
  await database
    .insertInto('sla_events')
    .values({
      issue_id: 4711,
      project_id: 7,
      state: 'imminent',
      triggered_at: time,
      resolved_at: null,
      definition: JSON.stringify({ status: 'review' }),
      metrics: JSON.stringify({ overdue_minutes: 0 }),
    })
    .execute();
}
