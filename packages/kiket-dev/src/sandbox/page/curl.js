/**
 * A delivery as a command that sends it, for a POSIX shell.
 *
 * @param {{ url: string, headers: Readonly<Record<string, string>>, body: string }} signed
 */
export function curlCommand({ url, headers, body }) {
  const lines = [
    `curl --silent --show-error --request POST ${quote(url)}`,
    ...Object.entries(headers).map(([name, value]) => `--header ${quote(`${name}: ${value}`)}`),
    `--data-binary ${quote(body)}`,
  ];
  return lines.join(' \\\n  ');
}

/** @param {string} text */
function quote(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
