import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Whether a folder is the repository that this script is in. */
export function isThisRepository(root: string): boolean {
  return realpathSync(root) === realpathSync(fileURLToPath(new URL('../../../..', import.meta.url)));
}
