import { abstain, allow, type Context, type Decision, deny, type Guard, type IssueReference, pending, type Transition } from 'kiket-express';
import { askChecks } from '../checks.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/**
 * An issue enters a protected status only with green checks. They are asked at `checks_url`, as whoever has the secret
 * `CHECKS_API_TOKEN`; without a URL nobody is asked. A status API that does not answer is a failure, not a red check: it
 * becomes a decision by the failure policy.
 */
export const checksPass: Guard<GuardianSettings> = (transition, context) => {
  const { settings } = context;
  const isAsked = settings.checks_url !== '' && entersProtectedStatus(transition, settings);
  return isAsked ? lookAtChecks(transition, context) : abstain();
};

async function lookAtChecks(
  transition: Transition,
  { settings: { checks_url: template }, secret, signal }: Context<GuardianSettings>,
): Promise<Decision> {
  const url = template.replaceAll('{issue}', nameInUrl(transition.issue));
  const checks = await askChecks(url, { token: secret('CHECKS_API_TOKEN'), signal });
  const namesOf = (state: string) => checks.filter((check) => check.state === state).map(({ name }) => name);
  const [red, running] = [namesOf('red'), namesOf('running')];
  const data = { checks: { red, running, green: namesOf('green') } };
  if (red.length > 0) {
    return deny(`Mend what is red before this issue moves to "${transition.to}": ${red.join(', ')}.`, { data });
  }
  if (running.length > 0) return pending(`Waiting for checks that are still running: ${running.join(', ')}.`, { data });
  if (checks.length === 0) return pending('Waiting for the first check: none has reported yet.', { data });
  return allow({ data });
}

/** The issue's key or id, which may be part of a path: nothing in it can lead elsewhere. */
function nameInUrl({ key, id }: IssueReference): string {
  const name = key ?? id ?? '';
  if (!/^[\w-]+$/.test(name)) throw new TypeError('The issue has a name that cannot be asked for.');
  return name;
}
