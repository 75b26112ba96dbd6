import type { Selectable } from 'kysely';
import type { Tables } from './database.ts';
import { faultSchemas, type Faults } from './faults.ts';
import type { InstalledExtension } from './extension.ts';
import { listIssues, type Issue } from './issues.ts';
import { listComments, type Comment } from './comments.ts';
import { listDeliveries, type Delivery } from './deliveryLog.ts';
import { readRecords, type Records } from './records.ts';
import { listUsers, type User } from './people.ts';
import type { Guardian, Platform } from './platform.ts';

/** A move that a guard keeps waiting. */
export interface WaitingMove {
  to: string;
  user: User | null;
  message: string;
  /** The guard's metadata, such as how many approvals are missing. */
  metadata: Readonly<Record<string, unknown>>;
  since: string;
}

/** A project with its workflow: states in order, and their transitions. */
export interface Project {
  id: number;
  key: string;
  name: string;
  states: { key: string; name: string; next: string[] }[];
}

/** An issue with everything known about it. */
export interface Card extends Issue {
  waiting: WaitingMove | null;
  comments: Comment[];
  /** Rows of custom data about the issue, in chronological order. */
  rows: Records['custom_data'];
}

/** Everything on a board. */
export interface Board {
  extension: Pick<InstalledExtension, 'id' | 'name' | 'version' | 'actions'>;
  projects: Project[];
  issues: Card[];
  users: User[];
  faults: Faults;
  guardian: Guardian;
}

/** A board and the deliveries. */
export interface Snapshot extends Board {
  /** How many changes were announced before this was read. */
  change: number;
  /** The latest 100, newest first. */
  deliveries: Delivery[];
  /** Every fault by name, as JSON Schema with a title, a group and a unit. */
  faultSchemas: Readonly<Record<string, unknown>>;
}

/** Reads the current state. */
export async function readSnapshot(platform: Platform): Promise<Snapshot> {
  const change = platform.changeCount();
  return { change, ...(await readBoard(platform)), deliveries: await listDeliveries(platform), faultSchemas };
}

/** Reads the current board. */
export async function readBoard(platform: Platform): Promise<Board> {
  const { database, extension, faults, guardian } = platform;
  const users = await listUsers(database);
  const waiting = await database.selectFrom('waiting_moves').selectAll().execute();
  const comments = await listComments(database);
  const { custom_data: rows } = await readRecords(platform);
  const issues = (await listIssues(database)).map((issue) => {
    const move = waiting.find((each) => each.issue_id === issue.id);
    return {
      ...issue,
      waiting: move === undefined ? null : describeWaiting(move, users),
      comments: comments.filter((each) => each.issue_id === issue.id),
      rows: rows
        .filter((row) => isAbout(row, issue))
        .toSorted((one, other) => timeOf(one).localeCompare(timeOf(other))),
    };
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

type Row = Records['custom_data'][number];

function isAbout({ record }: Row, { id, key }: Issue): boolean {
  const { issue_id: named, issue_key: namedByKey } = record as Record<string, unknown>;
  return [named, namedByKey].some((name) => [String(id), key].includes(String(name)));
}

/** When the row's subject happened, if known, because background rows can be written out of order. */
function timeOf({ record }: Row): string {
  const { decided_at: time } = record as Record<string, unknown>;
  return typeof time === 'string' ? time : '';
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
