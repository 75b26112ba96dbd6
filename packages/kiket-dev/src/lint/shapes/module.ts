import * as z from 'zod';

const columnSchema = z.looseObject({
  name: z.string().regex(/^[a-z_][a-z0-9_]*$/, 'has to be lower case, digits and underscores.'),
  type: z.enum(['bigint', 'string', 'text', 'integer', 'decimal', 'boolean', 'timestamp', 'json']),
  length: z.int().min(1).optional(),
  precision: z.int().min(1).optional(),
  scale: z.int().min(0).optional(),
  null: z.boolean().optional(),
  // The same without quotes, which YAML takes for nothing.
  '': z.boolean().optional(),
  unique: z.boolean().optional(),
  indexed: z.boolean().optional(),
  primary_key: z.boolean().optional(),
  auto_increment: z.boolean().optional(),
  description: z.string().optional(),
});

const tableName = z.string().regex(/^[a-z_][a-z0-9_]*$/, 'has to be lower case, digits and underscores.');

const tableSchema = z.looseObject({
  description: z.string().optional(),
  columns: z
    .array(columnSchema)
    .min(1)
    .describe(
      'Columns: each has a name and a type (bigint, string, text, integer, decimal, boolean, timestamp or json).',
    ),
  indexes: z
    .array(
      z.looseObject({
        name: z.string().min(1),
        columns: z.array(z.string()).min(1),
        unique: z.boolean().optional(),
      }),
    )
    .describe('Indexes: each has a name and columns.')
    .optional(),
});

const operations = z.array(z.enum(['read', 'write', 'delete']));

/** The file `.kiket/modules/<module>/schema.yml`: a custom data module and its tables. */
export const moduleSchema = z.looseObject({
  module: z.string().min(1).describe('The name of the module, as text: com.example.my-extension.decisions.'),
  description: z.string().optional(),
  tables: z
    .union([z.record(tableName, tableSchema), z.array(tableSchema.extend({ name: tableName }))])
    .refine((tables) => Object.keys(tables).length > 0, 'names no table.')
    .describe('The tables by name (lower case and underscores), each with its columns.'),
  permissions: z
    .array(
      z.looseObject({
        role: z.enum(['user', 'manager', 'admin']).describe('user, manager or admin.'),
        tables: z
          .union([z.record(z.string(), operations), z.array(z.string())])
          .describe('What the role may do with each table: read, write, delete.')
          .optional(),
        operations: operations.optional(),
        conditions: z.array(z.string()).optional(),
      }),
    )
    .describe('Who may do what with the rows.')
    .optional(),
});
