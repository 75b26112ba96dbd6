import { shared, type Example } from './examples.ts';
import type { Project } from './project.ts';

const path = 'replay/scenario.yaml';

/** How the parts begin that are about examples. */
const [mainPart, freezePart] = ['- part: From a refusal to a release\n', '- part: A change freeze\n'];

/** Replays what is left: the story of what is kept, and no payload that nothing sends. */
export function dropFromScenario(project: Project, kept: readonly Example[], isUnlistened: boolean): void {
  const [fields = '', approvals = '', neither = ''] = splitParts(project.read('scripts/init/stories.yaml')).slice(1);
  const [header = '', ...parts] = splitParts(project.read(path));
  const changed = parts
    .map((part) => (part.startsWith(mainPart) ? mainOf(part, kept, { fields, approvals, neither }) : part))
    .filter((part) => kept.includes('freeze') || !part.startsWith(freezePart))
    .map((part) => (kept.includes('approvals') ? part : part.replace(/^ {4}required_approvals: .*\n/m, '')))
    .map((part) => (isUnlistened ? withoutListener(part) : part));
  const text = [header, ...changed].join('').trimEnd();
  project.write(path, `${text}\n`);
  for (const payload of project.paths.filter((each) => /^replay\/.*\.json$/.test(each))) {
    if (!text.includes(`send: ${payload.slice('replay/'.length)}\n`)) project.remove(payload);
  }
}

/** How many deliveries a replay sends. */
export function countSteps(project: Project): number {
  return project.read(path).match(/^ {4}- send: /gm)?.length ?? 0;
}

function splitParts(text: string): string[] {
  return text.split(/^(?=- part: )/m).map((part) => `${part.trimEnd()}\n\n`);
}

function mainOf(
  part: string,
  kept: readonly Example[],
  stories: Record<'fields' | 'approvals' | 'neither', string>,
): string {
  if (kept.includes('fields') && kept.includes('approvals')) return part;
  if (kept.includes('fields')) return stories.fields;
  return kept.includes('approvals') ? stories.approvals : stories.neither;
}

/** Nobody listens to {@link shared}'s hooks any more. */
function withoutListener(part: string): string {
  const [hook = ''] = shared.hooks;
  return part
    .replace(/^ {4}- send: issue_created\.json\n {6}http: .*\n {6}answer: .*\n/m, '')
    .replace(
      /(- send: envelope_webhook_2026_06\.json\n {6}http: 200\n {6}answer: ).*\n/,
      `$1{ status: ignored, event: ${hook} }\n`,
    );
}
