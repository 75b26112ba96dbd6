import type { Project } from './project.ts';

/** The changelog begins anew: what changed in the template before is no news to those who install the fork. */
export function beginChangelog(project: Project, today = new Date()): void {
  const { version } = JSON.parse(project.read('package.json')) as { version: string };
  const day = today.toISOString().slice(0, 'YYYY-MM-DD'.length);
  project.change('docs/CHANGELOG.md', (text) => {
    const [introduction = ''] = text.split(/^## /m);
    return `${introduction}## ${version} - ${day}\n\nThe first release.\n`;
  });
}
