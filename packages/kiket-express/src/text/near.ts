/** One letter too many, missing or wrong, or two swapped letters. */
export function isNear(one: string, other: string): boolean {
  let from = 0;
  while (from < one.length && one[from] === other[from]) from += 1;
  const [rest, wanted] = [one.slice(from), other.slice(from)];
  const swapped = `${rest[1] ?? ''}${rest[0] ?? ''}${rest.slice(2)}`;
  return [rest.slice(1), swapped].includes(wanted) || [rest, rest.slice(1)].includes(wanted.slice(1));
}
