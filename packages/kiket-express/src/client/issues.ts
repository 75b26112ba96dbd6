import * as z from 'zod';
import { parseShape } from './answer.ts';
import { apiPath } from './apiPath.ts';
import type { KiketClient, RequestOptions } from './client.ts';
import { getShape } from './getShape.ts';

/** An issue as the API describes it. Other fields are kept. */
export const issueRecordSchema = z.looseObject({ key: z.string() });
export type IssueRecord = z.infer<typeof issueRecordSchema>;

const issueAnswerSchema = z.union([
  z.object({ issue: issueRecordSchema }).transform(({ issue }) => issue),
  issueRecordSchema,
]);

/** A page of issues. */
export const issueListSchema = z.looseObject({
  issues: z.array(issueRecordSchema),
  pagination: z
    .looseObject({ page: z.number(), per_page: z.number(), total_pages: z.number(), total_count: z.number() })
    .optional(),
});
export type IssueList = z.infer<typeof issueListSchema>;

/** A comment as the API describes it. */
export const commentRecordSchema = z.looseObject({ id: z.union([z.number(), z.string()]) });
export type CommentRecord = z.infer<typeof commentRecordSchema>;

/** Options of a write. With a key it's retried, and Kiket does it once. */
export interface WriteOptions {
  idempotencyKey?: string;
}

/** Issues of the invoking project: scopes `issues:read`, `issues:write` and, for comments, `comments:write`. */
export interface IssuesClient {
  get(key: string): Promise<IssueRecord>;
  /** Kiket's filters, plus `page` and `per_page`. */
  list(params?: Record<string, string>): Promise<IssueList>;
  create(fields: Record<string, unknown>, options?: WriteOptions): Promise<IssueRecord>;
  /** Changes only the given fields. */
  update(key: string, fields: Record<string, unknown>, options?: WriteOptions): Promise<IssueRecord>;
  comment(key: string, body: string, options?: WriteOptions): Promise<CommentRecord>;
  /** Moves an issue. Its guards are asked, including this extension's. */
  transition(key: string, to: string, options?: WriteOptions): Promise<IssueRecord>;
}

/** Calls `/api/v1/ext/issues`. */
export function createIssuesClient(client: KiketClient): IssuesClient {
  const issues = '/api/v1/ext/issues';
  const parseIssue = (answer: unknown) => parseShape(issueAnswerSchema, answer, issues);
  return {
    get: async (key) => parseIssue(await client.get(apiPath`/api/v1/ext/issues/${key}`)),
    list: (params) => getShape(client, issueListSchema, issues, params),
    create: async (fields, options) => parseIssue(await client.post(issues, { issue: fields }, requestOf(options))),
    update: async (key, fields, options) =>
      parseIssue(await client.patch(apiPath`/api/v1/ext/issues/${key}`, { issue: fields }, requestOf(options))),
    comment: async (key, body, options) => {
      const path = apiPath`/api/v1/ext/issues/${key}/comments`;
      return parseShape(commentRecordSchema, await client.post(path, { comment: { body } }, requestOf(options)), path);
    },
    transition: async (key, to, options) => {
      const path = apiPath`/api/v1/ext/issues/${key}/transitions`;
      return parseIssue(await client.post(path, { transition: to }, requestOf(options)));
    },
  };
}

/** The options of a request that writes: with an idempotency key, Kiket carries it out once. */
export function requestOf({ idempotencyKey }: WriteOptions = {}): RequestOptions {
  return idempotencyKey === undefined ? {} : { headers: { 'Idempotency-Key': idempotencyKey } };
}
