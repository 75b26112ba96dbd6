import * as z from 'zod';
import { may, snakeCase } from './fields.ts';

const column = z.looseObject({
  name: snakeCase,
  type: z.enum(['bigint', 'string', 'text', 'integer', 'decimal', 'boolean', 'timestamp', 'json']),
  null: z.boolean().optional(),
  // The same without quotes, which YAML takes for nothing.
  '': z.boolean().optional(),
  unique: z.boolean().optional(),
  primary_key: z.boolean().optional(),
});

const index = z.looseObject({ name: z.string().min(1), columns: z.array(z.string()).min(1) });

const table = z
  .looseObject({
    columns: z
      .array(column)
      .min(1)
      .describe(
        'Columns: each has a name and a type (bigint, string, text, integer, decimal, boolean, timestamp, json).',
      ),
    indexes: may(z.array(index), 'Indexes: each has a name and columns.'),
  })
  .superRefine(({ columns, indexes = [] }, context) => {
    const names = columns.map(({ name }) => name);
    indexes.forEach((each, at) =>
      each.columns.forEach((name, position) => {
        if (names.includes(name)) return;
        const path = ['indexes', at, 'columns', position];
        context.addIssue({ code: 'custom', path, message: `names no column of ${names.join(', ')}.` });
      }),
    );
  });

const operations = z.array(z.enum(['read', 'write', 'delete']));

/** The file `.kiket/modules/<module>/schema.yml`: a custom data module and its tables. */
export const moduleSchema = z.looseObject({
  module: z.string().min(1).describe('The name of the module, as text: com.example.my-extension.decisions.'),
  tables: z
    .union([z.record(snakeCase, table), z.array(table.safeExtend({ name: snakeCase }))])
    .refine((tables) => Object.keys(tables).length > 0, 'names no table.')
    .describe('The tables by name (lower case and underscores), each with its columns.'),
  permissions: z
    .array(
      z.looseObject({
        role: z.enum(['user', 'manager', 'admin']).describe('user, manager or admin.'),
        tables: may(
          z.union([z.record(z.string(), operations), z.array(z.string())]),
          'What the role may do with each table: read, write, delete.',
        ),
        operations: operations.optional(),
      }),
    )
    .describe('Who may do what with the rows.')
    .optional(),
});
