import * as z from 'zod';

const paths = z.array(z.string().min(1)).min(1);

/** The file `dbt_project.yml`: https://docs.getdbt.com/reference/dbt_project.yml */
export const dbtProjectSchema = z.looseObject({
  name: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/, 'has to be lower case, digits and underscores.')
    .describe('What the project is called: lower case, digits and underscores.'),
  version: z.union([z.string(), z.number()]).describe('The version of the project: "1.0.0".'),
  'config-version': z.literal(2).describe('Always 2.'),
  profile: z.string().min(1).describe('The profile of profiles.yml; Kiket brings its own.'),
  'model-paths': paths.describe('Where the models are: [models].'),
  'seed-paths': paths.optional(),
  'macro-paths': paths.optional(),
  'snapshot-paths': paths.optional(),
});
