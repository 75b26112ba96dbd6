import { error, placeAt } from '../found.ts';
import { packagesNeededBy } from '../npmScripts.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { moveHint, onlyForDevelopment } from './dependencies.ts';

/** What is known of a stage of a Dockerfile, or of the stage that it goes on from. */
interface Stage {
  /** Whether only production dependencies are there; `undefined` as long as none are installed. */
  isWithoutDev?: boolean | undefined;
  /** Whether NODE_ENV is production, with which npm leaves development dependencies out. */
  isProduction?: boolean;
}

/** What a Dockerfile of the root runs after an installation for production is there in that installation. */
export function dockerfileRules(project: Project): Problem[] {
  return project.files.filter(isDockerfile).flatMap((file) => checkDockerfile(project, file, project.read(file) ?? ''));
}

/** `Dockerfile`, `Dockerfile.prod` or `prod.Dockerfile` in the root. */
export function isDockerfile(file: string): boolean {
  return /^(?:[\w-]+\.)?Dockerfile(?:\.[\w-]+)?$/.test(file);
}

function checkDockerfile(project: Project, file: string, text: string): Problem[] {
  const stages = new Map<string, Stage>();
  let stage: Stage = {};
  return [...inOneLine(text).matchAll(/^\s*([A-Za-z]+)[ \t]+(.*)$/gm)].flatMap(
    ({ 0: all, 1: word = '', 2: rest = '', index }) => {
      const keyword = word.toUpperCase();
      if (keyword === 'FROM') {
        const [, base = '', name = ''] = /^(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?/i.exec(rest) ?? [];
        stage = { ...stages.get(base.toLowerCase()) };
        stages.set(name.toLowerCase(), stage);
      }
      if (keyword === 'ENV')
        stage.isProduction = /\bNODE_ENV[=\s]+["']?production/.test(rest) || (stage.isProduction ?? false);
      const [, from = ''] = /--from=(\S+)\s.*node_modules/.exec(keyword === 'COPY' ? rest : '') ?? [];
      if (from !== '') stage.isWithoutDev = stages.get(from.toLowerCase())?.isWithoutDev;
      if (!/^(?:RUN|CMD|ENTRYPOINT)$/.test(keyword)) return [];
      return run(project, rest, stage).map(({ name, at }) => {
        const place = placeAt(file, text, index + all.length - rest.length + at);
        const message = `This needs ${name}, a development dependency, and only production dependencies are installed by then.`;
        const hint = `${moveHint(name)} Or install all of them before this, in a stage of their own.`;
        return error('docker-dev-dependency', place, { message, hint });
      });
    },
  );
}

/** Runs commands, so to say: notes what they install in the stage, and tells which packages they lack and where in the line. */
function run(project: Project, line: string, stage: Stage): { name: string; at: number }[] {
  // CMD ["npm", "start"]
  const text = line.startsWith('[') ? line.replaceAll(/[[\]",]/g, ' ') : line;
  return [...text.matchAll(/[^&|;]+/g)].flatMap(({ 0: part, index }) => {
    const [, before = '', command = ''] = /^(\s*(?:--\S+\s+)*)(.*)$/.exec(part) ?? [];
    if (/\bnpm\s+(?:ci|clean-install|install|i|prune)\b/.test(command) && !/\s(?:-g|--global)\b/.test(command)) {
      stage.isWithoutDev = leavesOut(command, stage.isProduction === true);
      return [];
    }
    if (stage.isWithoutDev !== true) return [];
    const missing = onlyForDevelopment(project, packagesNeededBy(project, command.trim()));
    return missing.map(({ name }) => ({ name, at: index + before.length }));
  });
}

function leavesOut(command: string, isProduction: boolean): boolean {
  if (/--include[= ]dev|--production=false/.test(command)) return false;
  return isProduction || /--omit[= ]dev|--production|--only[= ]prod|NODE_ENV=production/.test(command);
}

/** Every instruction in one line and no comments, with all that is left where it was. */
function inOneLine(text: string): string {
  const blank = (part: string) => ' '.repeat(part.length);
  return text.replaceAll(/^[ \t]*#.*\n?/gm, blank).replaceAll(/\\[ \t]*\r?\n/g, blank);
}
