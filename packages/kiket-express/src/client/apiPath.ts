/**
 * Builds a path with percent-encoded values, so that none of them can change another segment: ``
 * apiPath`/api/v1/ext/issues/${key}` ``. Throws a `TypeError` for an empty value, which would lead to another endpoint.
 */
export function apiPath(texts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  if (values.includes('')) throw new TypeError('A part of the path is empty. Pass an id or a key.');
  return String.raw({ raw: texts }, ...values.map(encodeURIComponent));
}
