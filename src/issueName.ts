import type { IssueReference } from 'kiket-express';

/** What to call an issue in a sentence: its key, or its id. */
export function issueName({ key, id }: IssueReference): string {
  return key ?? (id === undefined ? 'the issue' : `issue ${id}`);
}
