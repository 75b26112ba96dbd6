import { allow, deny, pending, type Issue } from 'kiket-express';
import { guard } from '../settings.ts';
import { askChecks } from './statusApi.ts';

/**
 * An issue enters a protected status only with green checks. They are asked for at `checks_url`, with the secret
 * `CHECKS_API_TOKEN` as a bearer token; without a URL nobody is asked. A status API that does not answer is a failure, not a
 * red check: it becomes a decision by the failure policy.
 */
export const checksPass = guard(async ({ transition: { issue, to }, settings, secret, signal }) => {
  if (settings.checks_url === '') return allow();
  const url = settings.checks_url.replaceAll('{issue}', nameInUrl(issue));
  const checks = await askChecks(url, { token: secret('CHECKS_API_TOKEN'), signal });
  const namesOf = (state: string) => checks.filter((check) => check.state === state).map(({ name }) => name);
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

/** The issue's key or id, which may be part of a path: nothing in it can lead elsewhere. */
function nameInUrl({ key, id }: Pick<Issue, 'id' | 'key'>): string {
  const name = key ?? id ?? '';
  if (!/^[\w-]+$/.test(name)) throw new TypeError('The issue has a name that cannot be asked for.');
  return name;
}
