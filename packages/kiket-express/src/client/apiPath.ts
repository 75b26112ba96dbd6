/**
 * Writes a path with its values percent-encoded, so that none of them can reach into the next segment:
 * `` apiPath`/api/v1/ext/issues/${key}` ``. Throws a `TypeError` for an empty value, which would name another endpoint.
 */
export function apiPath(texts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  if (values.includes('')) throw new TypeError('A part of the path is empty. Pass an id or a key.');
  return String.raw({ raw: texts }, ...values.map(encodeURIComponent));
}
