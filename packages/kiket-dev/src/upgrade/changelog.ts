/** The part of a changelog (https://keepachangelog.com) after a version: every section above that version's. */
export function newSince(changelog: string, version: string): string {
  const sections = changelog.split(/^(?=## )/m).slice(1);
  const known = sections.findIndex((section) => versionOf(section) === version);
  return (known === -1 ? sections : sections.slice(0, known)).join('').trim();
}

function versionOf(section: string): string | undefined {
  return /^## \[?v?(\d+\.\d+\.\d+[^\]\s]*)/.exec(section)?.[1];
}
