import { error, placeAt } from '../found.ts';
import type { Problem } from '../problem.ts';
import { isNear } from '../shapes/nearMisses.ts';
import type { Dbt } from './dbtFiles.ts';
import { blank, withoutComments } from './dbtText.ts';

/** What is written like a call and is none: words of Jinja. */
const words = 'and call do elif else filter for if in is not or return set with';

/** What dbt and Jinja have: https://docs.getdbt.com/reference/dbt-jinja-functions-context-variables */
const functions = `adapter caller config cycler debug dict dispatch doc env_var fromjson fromyaml is_incremental joiner
  lipsum local_md5 load_result log namespace print range ref run_query set_strict source statement store_raw_result store_result
  super tojson toyaml try_or_compiler_error var zip zip_strict`;

/**
 * Macros that dbt brings and that people call: those for all databases, and those that hooks and macros of one's own go on
 * from. https://docs.getdbt.com/reference/dbt-jinja-functions/cross-database-macros
 */
const macros = `any_value apply_grants array_append array_concat array_construct bool_or cast cast_bool_to_text concat
  convert_datetime create_schema create_table_as create_view_as current_timestamp current_timestamp_backcompat
  current_timestamp_in_utc_backcompat date date_spine date_trunc dateadd datediff dates_in_range drop_relation
  drop_relation_if_exists drop_schema equals escape_single_quotes except generate_alias_name generate_database_name
  generate_schema_name generate_schema_name_for_env generate_series get_columns_in_query get_columns_in_relation
  get_intervals_between get_powers_of_two get_where_subquery hash intersect last_day length listagg load_cached_relation
  load_relation make_temp_relation partition_range persist_docs position py_current_timestring replace right run_hooks
  safe_cast should_full_refresh should_store_failures snapshot_get_time split_part string_literal truncate_relation
  type_bigint type_boolean type_float type_int type_numeric type_string type_timestamp`;

const known: ReadonlySet<string> = new Set(`${words} ${functions} ${macros}`.split(/\s+/));

/** The calls in a model or a macro of what neither the project nor dbt has, and of packages that are not there. */
export function unknownMacros(file: string, text: string, dbt: Dbt): Problem[] {
  const code = withoutComments(text).replaceAll(/\{%-?\s*raw\b[^]*?\bendraw\s*-?%\}/g, blank);
  const given = namesGivenIn(code);
  return [...code.matchAll(/\{\{[^]*?\}\}|\{%[^]*?%\}/g)].flatMap(({ 0: tag, index }) =>
    callsIn(tag).flatMap(({ owner, name, at }) => {
      const isGiven = owner === undefined && given.has(name);
      const finding = isGiven ? undefined : judge(owner, name, dbt);
      return finding === undefined ? [] : [error('dbt-macro', placeAt(file, text, index + at), finding)];
    }),
  );
}

/** What macros are given, and what is set: it may be a macro as well. */
function namesGivenIn(code: string): ReadonlySet<string> {
  const given = code.matchAll(/\{%-?\s*(?:(?:macro|test|data_test)\s+\w+\s*\(([^]*?)%\}|(?:set|for)\s+([\w\s,]+))/g);
  return new Set([...given].flatMap(([, parameters = '', names = '']) => (parameters + names).match(/\w+/g) ?? []));
}

/** The calls within a tag, and where: `{{ day_of(x) }}`, `{{ visits.day_of(x) }}`. Filters and tests of Jinja are none. */
function callsIn(tag: string): { owner: string | undefined; name: string; at: number }[] {
  if (/^\{%-?\s*(?:macro|test|data_test|materialization|snapshot|docs)\b/.test(tag)) return [];
  const code = tag.replaceAll(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/g, blank);
  return [...code.matchAll(/(?<![\w.])(?:(\w+)\s*\.\s*)?([a-zA-Z_]\w*)\s*\(/g)]
    .filter(({ index }) => !/(?:\||\bis|\bis\s+not)\s*$/.test(code.slice(0, index)))
    .map(({ 1: owner, 2: name = '', index }) => ({ owner, name, at: index }));
}

function judge(owner: string | undefined, name: string, dbt: Dbt) {
  // What an owner has that is neither the project nor a package, such as `adapter` or a variable, is not known here.
  if (owner !== undefined && owner !== dbt.name) {
    if (!/^dbt_\w+$/.test(owner) || dbt.usesPackages) return undefined;
    return { message: `There is no package ${owner}.`, hint: 'Add it to packages.yml next to dbt_project.yml.' };
  }
  // default__day_of() is what adapter.dispatch() chooses.
  if (dbt.macros.has(name) || name.includes('__') || (owner === undefined && known.has(name))) return undefined;
  const meant = [...dbt.macros, ...known].find((each) => isNear(name, each));
  const hint = meant === undefined ? 'Add it below macros/, or mend the name.' : `Did you mean ${meant}?`;
  return { message: `Neither the project nor dbt has a macro ${name}.`, hint };
}
