import { randomUUID } from 'node:crypto';
import { kindsOf, type Person } from '../approvals/person.ts';
import type { Database } from './database.ts';

/*
 * Identifiers that were seen together in a signed body belong to one person from then on. They're stored as pairs, in
 * both directions, which two instances can add at once. Kiket's people are the same in every organization.
 */

/** How many identifiers one statement looks up. */
const batchSize = 200;

/** How long ago a pair may have been seen before it's stored again, in milliseconds. */
const noteAgainMs = 24 * 60 * 60 * 1000;

/** Returns a person with every known identifier, the given ones first. */
export type KnownAs = (person: Person) => Person;

/** Finds all identifiers of these people, over any number of steps. */
export async function findPeople(database: Database, people: readonly Person[]): Promise<KnownAs> {
  const neighbors = new Map<string, string[]>();
  let asked = [...new Set(people.flat())];
  while (asked.length > 0) {
    // oxlint-disable-next-line no-await-in-loop -- each step depends on the one before
    const pairs = await findPairs(database, asked);
    for (const identifier of asked) neighbors.set(identifier, []);
    for (const { one, other } of pairs) neighbors.get(one)?.push(other);
    asked = [...new Set(pairs.map(({ other }) => other))].filter((identifier) => !neighbors.has(identifier));
  }
  return (person) => {
    const known = new Set(person);
    // Iterating a set includes what is added meanwhile.
    for (const identifier of known) for (const other of neighbors.get(identifier) ?? []) known.add(other);
    return [...known];
  };
}

/** A person with every known identifier. The given ones are stored as one person's. */
export async function identify(database: Database, { person, now }: { person: Person; now: Date }): Promise<Person> {
  // A read-only database can still be read.
  await learnPerson(database, { person, now }).catch(() => {});
  const knownAs = await findPeople(database, [person]);
  return knownAs(person);
}

async function findPairs(database: Database, identifiers: readonly string[]) {
  const pairs: { one: string; other: string }[] = [];
  for (let start = 0; start < identifiers.length; start += batchSize) {
    const found = database
      .selectFrom('people')
      .select(['one', 'other'])
      .where('one', 'in', identifiers.slice(start, start + batchSize));
    // oxlint-disable-next-line no-await-in-loop -- one connection
    pairs.push(...(await found.execute()));
  }
  return pairs;
}

/**
 * Stores that these identifiers are in one signed body. Nothing is stored for display names, which several people
 * share, or for a body with two identifiers of one kind, which may be about two people.
 */
export async function learnPerson(database: Database, { person, now }: { person: Person; now: Date }): Promise<void> {
  const identifying = person.filter((identifier) => kindsOf([identifier]).length > 0);
  if (identifying.length < 2 || kindsOf(identifying).length < identifying.length) return;
  const noted = await database
    .selectFrom('people')
    .select('seen_at')
    .where('one', 'in', identifying)
    .where('other', 'in', identifying)
    .execute();
  const isFresh = noted.every(({ seen_at: at }) => now.getTime() - Date.parse(at) < noteAgainMs);
  if (isFresh && noted.length === identifying.length * (identifying.length - 1)) return;
  const seen = { seen_at: now.toISOString() };
  const rows = identifying
    // Always in the same order, so that two bodies never deadlock.
    .toSorted()
    .flatMap((one, _index, all) => all.filter((other) => other !== one).map((other) => ({ one, other })))
    .map((pair) => ({ id: randomUUID(), ...pair, ...seen }));
  await database
    .insertInto('people')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['one', 'other']).doUpdateSet(seen))
    .execute();
  const knownAs = await findPeople(database, [identifying]);
  await keepPeople(database, { person: knownAs(identifying), now });
}

/** Keeps all pairs of a person as long as the newest one, to within a day, so that no person is half forgotten. */
export async function keepPeople(database: Database, { person, now }: { person: Person; now: Date }): Promise<void> {
  if (person.length < 2) return;
  await database
    .updateTable('people')
    .set({ seen_at: now.toISOString() })
    .where('one', 'in', [...person])
    // Rows noted today stay as they are: statements that lock the same rows in different orders deadlock.
    .where('seen_at', '<', new Date(now.getTime() - noteAgainMs).toISOString())
    .execute();
}
