import { isScalar, visit } from 'yaml';
import { error } from '../found.ts';
import { jsonProblems } from '../jsonError.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import type { YamlFile } from '../yamlFile.ts';

/** What Ruby's YAML reader takes for a date or a time, on which Kiket's own lint crashes. */
const date =
  /^-?\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:\s*(?:Z|[-+]\d{1,2}:?(?:\d\d)?))?)?$/;

/** What dbt has written itself. */
const dbtOutput = /\/dbt\/(?:target|dbt_packages|logs)\//;

/** Every YAML and JSON file that Kiket or a rule reads is one; those for Kiket hold nothing on which its tools crash. */
export function* syntaxRules({ files, read, yaml }: Project): Iterable<Problem> {
  for (const file of files) {
    const isYaml =
      /^(?:\.kiket|replay|docs\/examples)\/.*\.ya?ml$|^extension\.yaml$/.test(file) && !dbtOutput.test(file);
    const found = isYaml ? yaml(file) : undefined;
    if (found !== undefined) yield* found.problems;
    if (found !== undefined && file.startsWith('.kiket/') && !file.includes('/dbt/')) yield* crashes(found);
    if (/^(?:package|replay\/[^/]+)\.json$/.test(file)) yield* jsonProblems(yaml(file), read(file));
  }
}

function crashes({ document, nodeAt }: YamlFile): Problem[] {
  const found: Problem[] = [];
  visit(document, {
    Alias: (_key, node) => {
      const message = "This is an alias. Kiket's own lint crashes on aliases.";
      found.push(error('yaml-alias', nodeAt(node), { message, hint: 'Write out what it stands for.' }));
    },
    Scalar: (_key, node) => {
      // !!str 2026-01-01 is text.
      if (!isScalar(node) || node.type !== 'PLAIN' || node.tag !== undefined || !date.test(node.source ?? '')) return;
      const message = "This is a date without quotes. Kiket's own lint crashes on dates.";
      found.push(error('yaml-date', nodeAt(node), { message, hint: 'Put it into quotes.' }));
    },
  });
  return found;
}
