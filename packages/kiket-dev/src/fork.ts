import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readTextFile } from 'kiket-express/manifest';

/**
 * What a folder is to the template: `template` before `npm run init`, `fork` after it, or an extension of another origin.
 * `npm run init` notes the template's version as `kiket.template` in package.json.
 */
export function originOf(root: string): 'template' | 'fork' | 'other' {
  if (templateVersion(join(root, 'package.json')) !== undefined) return 'fork';
  return existsSync(join(root, 'packages', 'kiket-dev', 'src', 'init')) ? 'template' : 'other';
}

function templateVersion(file: string): unknown {
  try {
    return (JSON.parse(readTextFile(file) ?? '') as { kiket?: { template?: unknown } }).kiket?.template;
  } catch {
    return undefined;
  }
}
