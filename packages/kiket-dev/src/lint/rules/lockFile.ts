import { error, placeAt, startOf } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { isDockerfile } from './dockerfile.ts';

/**
 * There is a package-lock.json, without which `npm ci` stops, here and in managed builds.
 *
 * @param tell how grave it is if nothing but a managed build needs it
 */
export function lockFileRules(project: Project, tell: typeof error): Problem[] {
  const { files } = project;
  if (files.includes('package-lock.json') || !files.includes('package.json')) return [];
  const hint = 'Run npm install and commit the lock file. Kiket builds with npm alone.';
  const uses = files.filter(isRun).flatMap((file) => {
    const text = project.read(file) ?? '';
    const offset = text.replaceAll(/#.*/g, (comment) => ' '.repeat(comment.length)).search(/\bnpm ci\b/);
    return offset === -1 ? [] : [placeAt(file, text, offset)];
  });
  const message = 'Managed builds copy package-lock.json, and there is none.';
  const managed = tell('hosting-lock-file', startOf('package-lock.json'), { message, hint });
  const stops = 'npm ci stops where there is no package-lock.json, and there is none.';
  return [managed, ...uses.map((place) => error('lock-file', place, { message: stops, hint }))];
}

function isRun(file: string): boolean {
  return isDockerfile(file) || /^\.github\/workflows\/[^/]+\.ya?ml$/.test(file);
}
