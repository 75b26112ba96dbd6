import { isScalar, visit, type Node } from 'yaml';
import { error, type Finding } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import type { YamlFile } from '../yamlFile.ts';

/** What Ruby's YAML reader takes for a date or a time, which the kiket CLI does not let in. */
const date =
  /^-?\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:\s*(?:Z|[-+]\d{1,2}:?(?:\d\d)?))?)?$/;

const alias: Finding = {
  message: 'This is an alias. The kiket CLI crashes on aliases.',
  hint: 'Write out what it stands for.',
};
const dateFinding: Finding = {
  message: 'This is a date without quotes. The kiket CLI crashes on dates.',
  hint: 'Put it into quotes.',
};

/** Every YAML file that the other rules judge can be read; those that Kiket reads hold nothing on which its CLI crashes. */
export function yamlRules(project: Project): Problem[] {
  return project.files
    .filter(
      (file) =>
        /^(?:\.kiket|replay|docs\/examples)\/.*\.ya?ml$|^extension\.yaml$/.test(file) &&
        // What dbt has written itself.
        !/\/dbt\/(?:target|dbt_packages|logs)\//.test(file),
    )
    .flatMap((file) => {
      const yaml = project.yaml(file);
      if (yaml === undefined) return [];
      return isReadByKiket(file) ? [...yaml.problems, ...crashes(yaml)] : yaml.problems;
    });
}

function isReadByKiket(file: string): boolean {
  return file.startsWith('.kiket/') && !file.includes('/dbt/');
}

function crashes(yaml: YamlFile): Problem[] {
  const found: Problem[] = [];
  const note = (rule: string, node: Node, finding: Finding) => found.push(error(rule, yaml.nodeAt(node), finding));
  visit(yaml.document, {
    Alias: (_key, node) => void note('yaml-alias', node, alias),
    Scalar: (_key, node) => {
      // !!str 2026-01-01 is text.
      const isTagged = node.tag !== undefined;
      if (isScalar(node) && node.type === 'PLAIN' && !isTagged && date.test(node.source ?? ''))
        note('yaml-date', node, dateFinding);
    },
  });
  return found;
}
