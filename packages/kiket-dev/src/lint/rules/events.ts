import { warning } from '../found.ts';
import { eventsLike, isUnknownEvent } from '../knownEvents.ts';
import { namedIn } from '../named.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';

/** Hooks are about events that Kiket sends, as far as its sources tell. */
export function eventRules(project: Project): Problem[] {
  const manifest = project.manifest();
  if (manifest === undefined) return [];
  return namedIn(manifest)
    .filter(({ kind, written }) => kind === 'hook' && isUnknownEvent(written))
    .map(({ written, place }) => {
      const message = `None of Kiket's sources knows an event ${written}, so it may never come.`;
      return warning('event-unknown', place, { message, hint: `Known are: ${eventsLike(written).join(', ')}.` });
    });
}
