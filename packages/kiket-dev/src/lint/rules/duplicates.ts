import { error } from '../found.ts';
import { namedIn } from '../named.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asList, asMap, asText } from '../values.ts';
import type { Path } from '../yamlFile.ts';

/** Hooks, actions, commands and settings have names of their own. */
export function duplicateRules(project: Project): Problem[] {
  const manifest = project.manifest();
  if (manifest === undefined) return [];
  const { extension, prefix } = manifest;
  const named = namedIn(manifest).map(({ kind, name, place }) => ({ what: kind, name, place }));
  const commands = asList(asMap(extension['contributes'])['commands']).flatMap((each, index) => {
    const name = asText(asMap(each)['command']);
    const path: Path = [...prefix, 'contributes', 'commands', index, 'command'];
    return name === undefined ? [] : [{ what: 'command', name, place: manifest.at(path) }];
  });
  // Variables are in capitals, so that two keys would have one.
  const fields = Object.keys(asMap(extension['configuration'])).map((key) => {
    const place = manifest.keyAt([...prefix, 'configuration', key]);
    return { what: 'setting', name: key.toUpperCase(), place };
  });
  const all = [...named.filter(({ what }) => what === 'hook' || what === 'action'), ...commands, ...fields];
  return all
    .filter(({ what, name }, index) => all.findIndex((each) => each.what === what && each.name === name) < index)
    .map(({ what, name, place }) => {
      const message = `There is ${what === 'action' ? 'an' : 'a'} ${what} ${name} already.`;
      return error('manifest-twice', place, { message, hint: 'Keep one of them, or give this one another name.' });
    });
}
