import * as z from 'zod';
import type { Subject } from './content.ts';
import { findIssue } from './issues.ts';
import { findPerson } from './people.ts';
import type { Platform } from './platform.ts';
import { Refusal } from './refusal.ts';

/** The subject of an action, by names that people use: issue or project key, email address. */
const subjectNameSchema = z.object({
  issue: z.string().optional(),
  project: z.string().optional(),
  as: z.string().optional(),
});

/** The subject of an action, and the form of its delivery. */
export const actSchema = subjectNameSchema.extend({
  form: z.enum(['action', 'command']).default('action'),
  inputs: z.record(z.string(), z.unknown()).optional(),
});

/** Finds the named issue with its project, or the named project. Throws a {@link Refusal}. */
export async function findSubject(
  { database }: Platform,
  { issue: issueName, project: projectKey, as }: z.infer<typeof subjectNameSchema>,
): Promise<Subject> {
  const issue = issueName === undefined ? undefined : await findIssue(database, issueName);
  const user = await findPerson(database, as);
  const projects = await database.selectFrom('projects').selectAll().orderBy('id').execute();
  const found = projects.find(({ id, key }) => (issue === undefined ? key === projectKey : id === issue.project_id));
  if (found !== undefined) {
    const { organization_id: organizationId, ...project } = found;
    return { organizationId, project, issue, user };
  }
  const known = projects.map(({ key }) => key).join(', ');
  throw new Refusal(422, 'SUBJECT_MISSING', `Name an issue or a project. Available projects: ${known}.`);
}
