import type { Database } from './database.ts';
import { Refusal } from './refusal.ts';

/** A person in Kiket. */
export interface User {
  id: number;
  email: string;
  name: string;
}

/** All people, by id. */
export function listUsers(database: Database): Promise<User[]> {
  return database.selectFrom('users').selectAll().orderBy('id').execute();
}

/** Finds a person by email address, if there is one, or throws a {@link Refusal} that lists the available ones. */
export async function findPerson(database: Database, email: string | undefined): Promise<User | undefined> {
  if (email === undefined) return undefined;
  const users = await listUsers(database);
  const user = users.find((each) => each.email === email.toLowerCase());
  if (user !== undefined) return user;
  const known = users.map((each) => each.email).join(', ');
  throw new Refusal(404, 'USER_NOT_FOUND', `Unknown person ${email}. Available: ${known}.`);
}
