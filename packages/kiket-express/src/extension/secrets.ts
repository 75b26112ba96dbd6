/**
 * The environment name of a secret: `api.token` → `API_TOKEN`, which the prefix `KIKET_SECRET_` precedes (guide,
 * section 2).
 */
export function secretName(key: string): string {
  return key
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}

/** Keeps the usable secrets: text that isn't blank or masked as `****`. `__proto__` is dropped. */
export function readableSecrets(secrets: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const isReadable = (entry: [string, unknown]): entry is [string, string] =>
    entry[0] !== '__proto__' &&
    typeof entry[1] === 'string' &&
    entry[1].trim() !== '' &&
    !/^\s*[*•]+\s*$/.test(entry[1]);
  return Object.fromEntries(Object.entries(secrets).filter(isReadable));
}

/**
 * Looks up a secret: first the installation's own value from the delivery, so that nothing shadows it, then the
 * extension-wide default from `KIKET_SECRET_<KEY>`. All spellings of a key mean the same secret.
 *
 * @param fromDelivery the delivery's secrets, already {@link readableSecrets}
 * @param fromEnvironment by name without the prefix; masked values don't count here either
 */
export function findSecret(
  key: string,
  fromDelivery: Readonly<Record<string, string>>,
  fromEnvironment: Readonly<Record<string, string>>,
): string | undefined {
  return findByName(key, fromDelivery) ?? findByName(key, readableSecrets(fromEnvironment));
}

function findByName(key: string, secrets: Readonly<Record<string, string>>): string | undefined {
  if (Object.hasOwn(secrets, key)) return secrets[key];
  const name = secretName(key);
  return Object.entries(secrets).find(([other]) => secretName(other) === name)?.[1];
}
