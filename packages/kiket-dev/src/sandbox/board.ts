import type { Selectable } from 'kysely';
import type { Tables } from './database.ts';
import type { Faults } from './faults.ts';
import type { InstalledExtension } from './extension.ts';
import { listIssues, type Issue } from './issues.ts';
import { listUsers, type User } from './people.ts';
import type { Guardian, Platform } from './platform.ts';

/** A move that a guard keeps waiting. */
export interface WaitingMove {
  to: string;
  user: User | null;
  message: string;
  /** What the guard added for machines, such as how many approvals are missing. */
  metadata: Readonly<Record<string, unknown>>;
  since: string;
}

/** A project with its workflow: states in order, and which can be reached from each. */
export interface Project {
  id: number;
  key: string;
  name: string;
  states: { key: string; name: string; next: string[] }[];
}

/** Everything that a board shows. */
export interface Board {
  extension: Pick<InstalledExtension, 'id' | 'name' | 'version' | 'actions'>;
  projects: Project[];
  issues: (Issue & { waiting: WaitingMove | null })[];
  users: User[];
  faults: Faults;
  guardian: Guardian;
}

/** Reads the board as it is now. */
export async function readBoard({ database, extension, faults, guardian }: Platform): Promise<Board> {
  const users = await listUsers(database);
  const waiting = await database.selectFrom('waiting_moves').selectAll().execute();
  const issues = (await listIssues(database)).map((issue) => {
    const move = waiting.find((each) => each.issue_id === issue.id);
    return { ...issue, waiting: move === undefined ? null : describeWaiting(move, users) };
  });
  const { id, name, version, actions } = extension;
  const projects = await listProjects({ database });
  return {
    extension: { id, name, version, actions },
    projects,
    issues,
    users,
    faults: faults.current(),
    guardian: guardian(),
  };
}

function describeWaiting(move: Selectable<Tables['waiting_moves']>, users: readonly User[]): WaitingMove {
  const user = users.find(({ id }) => id === move.user_id) ?? null;
  const metadata = JSON.parse(move.metadata) as Record<string, unknown>;
  return { to: move.to_status, user, message: move.message, metadata, since: move.since };
}

async function listProjects({ database }: Pick<Platform, 'database'>): Promise<Project[]> {
  const projects = await database.selectFrom('projects').select(['id', 'key', 'name']).orderBy('id').execute();
  const states = await database.selectFrom('states').selectAll().orderBy('position').execute();
  const steps = await database.selectFrom('transitions').selectAll().execute();
  const of = (projectId: number) => (row: { project_id: number }) => row.project_id === projectId;
  return projects.map((project) => ({
    ...project,
    states: states.filter(of(project.id)).map(({ key, name }) => ({
      key,
      name,
      next: steps
        .filter(of(project.id))
        .filter((step) => step.from_state === key)
        .map((step) => step.to_state),
    })),
  }));
}
