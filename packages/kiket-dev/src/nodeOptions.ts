const { typescript = false } = process.features as { typescript?: false | string };

/** What Node.js has to be told to run a TypeScript file: nothing from 22.18 on, which strips the types itself. */
export const forTypeScript: readonly string[] = typescript === false ? ['--import', 'tsx'] : [];
