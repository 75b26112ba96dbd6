import * as z from 'zod';

/** A value that may be missing. `description` is shown by editors, and told when the value is wrong. */
export const may = <Schema extends z.ZodType>(schema: Schema, description: string) =>
  schema.describe(description).optional();

/** Text that may be missing. */
export const aText = (description: string) => may(z.string(), description);

/** A list of texts that may be missing. */
export const aTextList = (description: string) => may(z.array(z.string()), description);

/** true or false, or missing. */
export const aBoolean = (description: string) => may(z.boolean(), description);

/** Lower case, digits and underscores. */
export const snakeCase = z
  .string()
  .regex(/^[a-z_][a-z0-9_]*$/, 'has to be lower case, digits and underscores, such as my_key.');

/** How Kiket shows a field or an action to people. */
export const labelled = {
  label: aText('What people see.'),
  description: aText('What it is for, in one sentence.'),
};

/** How Kiket shows a command or a step to people. */
export const titled = {
  title: aText('What people see.'),
  description: aText('What it is for, in one sentence.'),
};
