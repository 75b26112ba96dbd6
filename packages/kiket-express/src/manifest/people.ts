import { kindsOf, personOf, type Person } from '../approvals/person.ts';
import { list } from './list.ts';

/**
 * A setting that is a list of people, by email address or id. Display names are a problem, because they don't identify
 * a person.
 */
export const people = list.transform((entries, context): Person[] =>
  entries.map((entry) => {
    const person = personOf(entry);
    if (kindsOf(person).length === 0) {
      const message = `"${entry}" is neither an email address nor an id. Write an address such as noor@example.com, or the person's number in Kiket.`;
      context.addIssue({ code: 'custom', message });
    }
    return person;
  }),
);
