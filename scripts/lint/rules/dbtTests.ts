import { isMap, isScalar, isSeq, visit, type Node } from 'yaml';
import { error } from '../found.ts';
import type { Problem } from '../problem.ts';
import { isNear } from '../shapes/nearMisses.ts';
import type { Dbt } from './dbtFiles.ts';

/** The generic tests that dbt has: https://docs.getdbt.com/reference/resource-properties/data-tests */
const builtIn = ['unique', 'not_null', 'accepted_values', 'relationships'];

/** Every test that a description asks for is dbt's, the project's own, or one of a package. */
export function unknownTests(dbt: Dbt): Problem[] {
  return dbt.descriptions.flatMap((yaml) => {
    const found: Problem[] = [];
    visit(yaml.document, {
      Pair: (_key, { key, value }) => {
        if (!isScalar(key) || !/^(?:data_)?tests$/.test(String(key.value)) || !isSeq(value)) return;
        for (const node of value.items.flatMap((item) => nameOf(item) ?? [])) {
          const finding = judge(String(node.value), dbt);
          if (finding !== undefined) found.push(error('dbt-test', yaml.nodeAt(node as Node), finding));
        }
      },
    });
    return found;
  });
}

/** `- not_null`, `- accepted_values: { … }` or `- { name: …, test_name: … }`. */
function nameOf(item: unknown) {
  if (isScalar(item)) return item;
  if (!isMap(item)) return undefined;
  const named: unknown = item.get('test_name', true);
  if (isScalar(named)) return named;
  const keys = item.items.map(({ key }) => key).filter((key) => isScalar(key));
  return keys.find(({ value }) => !/^(?:name|description|config)$/.test(String(value)));
}

function judge(name: string, { name: project, tests, usesPackages }: Dbt) {
  const [owner, own = name] = name.includes('.') ? name.split('.') : [project, name];
  if (owner !== project) {
    if (usesPackages) return undefined;
    return {
      message: `There is no package ${String(owner)}.`,
      hint: 'Add it to packages.yml next to dbt_project.yml.',
    };
  }
  const all = [...builtIn, ...tests];
  if (all.includes(own)) return undefined;
  const meant = all.find((each) => isNear(own, each));
  const hint = meant === undefined ? `There are: ${all.join(', ')}.` : `Did you mean ${meant}?`;
  return { message: `There is no generic test ${own}.`, hint };
}
