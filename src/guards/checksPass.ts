import { allow, deny, pending, type Issue } from 'kiket-express';
import { guard } from '../settings.ts';
import { askChecks } from './statusApi.ts';

/**
 * An issue enters a protected status only with green checks. They come from `checks_url`, which gets the secret
 * `CHECKS_API_TOKEN` as a bearer token; without a URL every move is allowed. A status API that doesn't answer is a failure
 * and not a red check, so the failure policy decides. The answer names up to 20 checks of each state.
 */
export const checksPass = guard(async ({ transition: { issue, to }, settings, secret, signal }) => {
  if (settings.checks_url === '') return allow();
  const url = settings.checks_url.replaceAll('{issue}', nameInUrl(issue));
  const checks = await askChecks(url, { token: secret('CHECKS_API_TOKEN'), signal });
  const namesOf = (state: string) => checks.flatMap((check) => (check.state === state ? check.name : [])).slice(0, 20);
  const [red, running] = [namesOf('red'), namesOf('running')];
  const data = { checks: { red, running, green: namesOf('green') } };
  const blocked = { data: { ...data, passes: 'with green checks' } };
  if (red.length > 0) {
    return deny(`Fix the failing checks before moving this issue to "${to}": ${red.join(', ')}.`, blocked);
  }
  if (running.length > 0) return pending(`Waiting for checks that are still running: ${running.join(', ')}.`, blocked);
  if (checks.length === 0) return pending('Waiting for the first check: none has reported yet.', blocked);
  return allow({ data });
});

/** The issue's key or id, with nothing in it that could lead a URL elsewhere. */
function nameInUrl({ key, id }: Pick<Issue, 'id' | 'key'>): string {
  const name = key ?? id ?? '';
  if (!/^[\w-]+$/.test(name)) throw new TypeError("The issue's key or id can't go into a URL.");
  return name;
}
