import * as z from 'zod';
import { parseShape } from './answer.ts';
import { apiPath } from './apiPath.ts';
import type { KiketClient } from './client.ts';
import { getShape, type Query } from './getShape.ts';
import { requestOf, type WriteOptions } from './issues.ts';

/** Kiket sends `form_url` where the Node SDK has `formUrl`, and null for missing values. Both are accepted. */
const camelCased = z.record(z.string(), z.unknown()).transform((map) => {
  const entries = Object.entries(map).filter(([, value]) => value !== null);
  return Object.fromEntries(
    entries.map(([key, value]) => [key.replaceAll(/_[a-z]/g, ([, letter = '']) => letter.toUpperCase()), value]),
  );
});

/** A form for people outside a project: the Node SDK's `IntakeForm`. */
export const intakeFormSchema = camelCased.pipe(
  z.object({
    id: z.number(),
    key: z.string(),
    name: z.string(),
    description: z.string().exactOptional(),
    active: z.boolean(),
    public: z.boolean(),
    fields: z.array(
      camelCased.pipe(
        z.object({
          key: z.string(),
          label: z.string(),
          fieldType: z.string(),
          required: z.boolean(),
          options: z.array(z.string()).exactOptional(),
          placeholder: z.string().exactOptional(),
          helpText: z.string().exactOptional(),
        }),
      ),
    ),
    formUrl: z.string().exactOptional(),
    embedAllowed: z.boolean(),
    submissionsCount: z.number(),
    createdAt: z.string(),
    updatedAt: z.string(),
  }),
);
export type IntakeForm = z.infer<typeof intakeFormSchema>;

/** A submitted form: the Node SDK's `IntakeSubmission`. */
export const intakeSubmissionSchema = camelCased.pipe(
  z.object({
    id: z.number(),
    intakeFormId: z.number(),
    status: z.string(),
    data: z.record(z.string(), z.unknown()),
    metadata: z.record(z.string(), z.unknown()).exactOptional(),
    submittedByEmail: z.string().exactOptional(),
    reviewedBy: z.string().exactOptional(),
    reviewedAt: z.string().exactOptional(),
    notes: z.string().exactOptional(),
    createdAt: z.string(),
    updatedAt: z.string(),
  }),
);
export type IntakeSubmission = z.infer<typeof intakeSubmissionSchema>;

/** How many submissions a form has: the Node SDK's `IntakeFormStats`. */
export const intakeFormStatsSchema = camelCased.pipe(
  z.object({
    totalSubmissions: z.number(),
    pending: z.number(),
    approved: z.number(),
    rejected: z.number(),
    converted: z.number(),
    period: z.string().exactOptional(),
  }),
);
export type IntakeFormStats = z.infer<typeof intakeFormStatsSchema>;

/** Intake forms of one project, and their submissions. */
export interface IntakeFormsClient {
  list(options?: { active?: boolean; publicOnly?: boolean; limit?: number }): Promise<{ data: IntakeForm[] }>;
  get(formKey: string): Promise<IntakeForm>;
  /** The public URL of the form; `null` if it isn't public. */
  publicUrl(form: IntakeForm): string | null;
  listSubmissions(
    formKey: string,
    options?: { status?: string; limit?: number; since?: Date | string },
  ): Promise<{ data: IntakeSubmission[] }>;
  getSubmission(formKey: string, submissionId: string | number): Promise<IntakeSubmission>;
  createSubmission(
    formKey: string,
    data: Record<string, unknown>,
    options?: WriteOptions & { metadata?: Record<string, unknown> },
  ): Promise<IntakeSubmission>;
  approveSubmission(formKey: string, submissionId: string | number, notes?: string): Promise<IntakeSubmission>;
  rejectSubmission(formKey: string, submissionId: string | number, notes?: string): Promise<IntakeSubmission>;
  /** @param period such as `month` */
  stats(formKey: string, period?: string): Promise<IntakeFormStats>;
}

const formListSchema = z.object({ data: z.array(intakeFormSchema) });
const submissionListSchema = z.object({ data: z.array(intakeSubmissionSchema) });

/** Calls `/api/v1/ext/intake_forms` for one project. */
export function createIntakeFormsClient(client: KiketClient, projectId: string | number): IntakeFormsClient {
  const forms = '/api/v1/ext/intake_forms';
  const submissions = (formKey: string) => apiPath`/api/v1/ext/intake_forms/${formKey}/submissions`;
  const get = <Schema extends z.ZodType>(schema: Schema, path: string, query: Query = {}) =>
    getShape(client, schema, path, { project_id: projectId, ...query });
  const post = async (path: string, data: object, options?: WriteOptions) => {
    const answer = await client.post(path, { project_id: projectId, ...data }, requestOf(options));
    return parseShape(intakeSubmissionSchema, answer, path);
  };
  const judge = (verdict: 'approve' | 'reject') => (formKey: string, id: string | number, notes?: string) =>
    post(submissions(formKey) + apiPath`/${id}/${verdict}`, notes === undefined ? {} : { notes });
  return {
    list: ({ active, publicOnly, limit } = {}) => get(formListSchema, forms, { active, public: publicOnly, limit }),
    get: async (formKey) => get(intakeFormSchema, apiPath`/api/v1/ext/intake_forms/${formKey}`),
    publicUrl: (form) => (form.public ? (form.formUrl ?? null) : null),
    listSubmissions: async (formKey, { status, limit, since } = {}) =>
      get(submissionListSchema, submissions(formKey), {
        status,
        limit,
        since: since instanceof Date ? since.toISOString() : since,
      }),
    getSubmission: async (formKey, id) => get(intakeSubmissionSchema, submissions(formKey) + apiPath`/${id}`),
    createSubmission: async (formKey, data, { metadata, ...options } = {}) =>
      post(submissions(formKey), { data, ...(metadata === undefined ? {} : { metadata }) }, options),
    approveSubmission: async (...which) => judge('approve')(...which),
    rejectSubmission: async (...which) => judge('reject')(...which),
    stats: async (formKey, period) =>
      get(intakeFormStatsSchema, apiPath`/api/v1/ext/intake_forms/${formKey}/stats`, { period }),
  };
}
