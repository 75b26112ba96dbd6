import { isScalar, visit } from 'yaml';
import { error, type Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import type { YamlFile } from '../yamlFile.ts';

/** What Ruby's YAML parser reads as a date or time, on which Kiket's own lint crashes. */
const date =
  /^-?\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:\s*(?:Z|[-+]\d{1,2}:?(?:\d\d)?))?)?$/;

/** The YAML and JSON files that Kiket or a rule reads, except dbt's own output. */
const checked =
  /^(?:\.kiket|replay|docs\/examples)\/(?!.*\/dbt\/(?:target|dbt_packages|logs)\/).*\.ya?ml$|^extension\.yaml$|^(?:package|replay\/[^/]+)\.json$/;

/**
 * Every YAML and JSON file that Kiket or a rule reads is valid, and those for Kiket have nothing that crashes its
 * tools.
 */
export function* syntaxRules({ files, yaml }: Project): Iterable<Problem> {
  for (const file of files.filter((each) => checked.test(each))) {
    const found = yaml(file);
    if (found === undefined) continue;
    yield* found.problems;
    if (file.startsWith('.kiket/') && !file.includes('/dbt/')) yield* crashes(found);
  }
}

function crashes({ document, nodeAt }: YamlFile): Problem[] {
  const found: Problem[] = [];
  visit(document, {
    Alias: (_key, node) => {
      const message = "This is an alias. Kiket's own lint crashes on aliases.";
      found.push(error('yaml-alias', nodeAt(node), message, 'Write out what it stands for.'));
    },
    Scalar: (_key, node) => {
      // !!str 2026-01-01 is text.
      if (!isScalar(node) || node.type !== 'PLAIN' || node.tag !== undefined || !date.test(node.source ?? '')) return;
      const message = "This is a date without quotes. Kiket's own lint crashes on dates.";
      found.push(error('yaml-date', nodeAt(node), message, 'Put it into quotes.'));
    },
  });
  return found;
}
