import { randomUUID } from 'node:crypto';
import { kindsOf, type Person } from '../approvals/person.ts';
import type { Database } from './database.ts';

/*
 * Identifiers that were seen together in a signed body belong to one person from then on. They are kept as pairs, both
 * ways, which two instances can add at once. Kiket's people are the same in every organisation.
 */

/** How many identifiers are looked for in one statement. */
const batchSize = 200;

/** How old the last sight of a pair may be before it is noted again, in milliseconds. */
const noteAgainMs = 24 * 60 * 60 * 1000;

/** Returns a person with every identifier that is known; those that were given go first. */
export type KnownAs = (person: Person) => Person;

/** Finds all identifiers of these people, over any number of steps. */
export async function findPeople(database: Database, people: readonly Person[]): Promise<KnownAs> {
  const neighbors = new Map<string, string[]>();
  let asked = [...new Set(people.flat())];
  while (asked.length > 0) {
    // oxlint-disable-next-line no-await-in-loop -- each step says what the next one asks
    const pairs = await findPairs(database, asked);
    for (const identifier of asked) neighbors.set(identifier, []);
    for (const { one, other } of pairs) neighbors.get(one)?.push(other);
    asked = [...new Set(pairs.map(({ other }) => other))].filter((identifier) => !neighbors.has(identifier));
  }
  return (person) => {
    const known = new Set(person);
    // A set goes on with what is added to it meanwhile.
    for (const identifier of known) for (const other of neighbors.get(identifier) ?? []) known.add(other);
    return [...known];
  };
}

/** A person with every identifier that is known; what is given is kept as one person's. */
export async function identify(database: Database, { person, now }: { person: Person; now: Date }): Promise<Person> {
  // A database that cannot be written can still be read.
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
 * Keeps that these identifiers stand in one signed body. A body that names two of one kind may be about two people, and
 * display names belong to many: of those nothing is kept.
 */
export async function learnPerson(database: Database, { person, now }: { person: Person; now: Date }): Promise<void> {
  const telling = person.filter((identifier) => kindsOf([identifier]).length > 0);
  if (telling.length < 2 || kindsOf(telling).length < telling.length) return;
  const noted = await database
    .selectFrom('people')
    .select('seen_at')
    .where('one', 'in', telling)
    .where('other', 'in', telling)
    .execute();
  const isFresh = noted.every(({ seen_at: at }) => now.getTime() - Date.parse(at) < noteAgainMs);
  if (isFresh && noted.length === telling.length * (telling.length - 1)) return;
  const seen = { seen_at: now.toISOString() };
  const rows = telling
    // In one order everywhere, so that two bodies never wait for each other.
    .toSorted()
    .flatMap((one, _index, all) => all.filter((other) => other !== one).map((other) => ({ one, other })))
    .map((pair) => ({ id: randomUUID(), ...pair, ...seen }));
  await database
    .insertInto('people')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['one', 'other']).doUpdateSet(seen))
    .execute();
  const knownAs = await findPeople(database, [telling]);
  await keepPeople(database, { person: knownAs(telling), now });
}

/** Keeps all pairs of a person for as long as what was seen now, so that no half of somebody is forgotten. */
export async function keepPeople(database: Database, { person, now }: { person: Person; now: Date }): Promise<void> {
  if (person.length < 2) return;
  await database
    .updateTable('people')
    .set({ seen_at: now.toISOString() })
    .where('one', 'in', [...person])
    .execute();
}
