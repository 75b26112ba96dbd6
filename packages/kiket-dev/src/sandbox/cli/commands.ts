import { UsageError } from '../../commandLine.ts';
import type { ActionResult } from '../actions.ts';
import type { Board, Snapshot } from '../board.ts';
import type { Delivery } from '../deliveryLog.ts';
import type { Faults } from '../faults.ts';
import { issueChangesSchema } from '../issues.ts';
import type { Outcome } from '../workflow.ts';
import type { Ask } from './connection.ts';
import { printAction, printDeliveries, printDelivery, printFaults, printIssues, printOutcome } from './print.ts';
import { printIssue, readIssue } from './show.ts';

/** The result of a command: for machines and for people. */
export interface CommandResult {
  value: unknown;
  text: string;
}

/** The options that commands take. */
export interface CommandOptions {
  as: string | undefined;
  project: string | undefined;
  /** What an action asks for, by key. */
  inputs: Readonly<Record<string, string>> | undefined;
}

type Command = (ask: Ask, words: readonly string[], options: CommandOptions) => Promise<CommandResult>;

interface CommandEntry {
  /** The command's arguments; those in brackets are optional. */
  words: string;
  /** Throws a {@link UsageError} for invalid arguments. */
  check?: (words: readonly string[]) => void;
  run: Command;
}

function command(words: string, run: Command): CommandEntry {
  return { words, run };
}

/** The commands that need a sandbox. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  issues: command('', async (ask) => {
    const { issues } = await ask<Snapshot>('GET', '/state');
    return { value: issues, text: printIssues(issues) };
  }),
  show: command('ISSUE', async (ask, [key = '']) => {
    const shown = await readIssue(ask, key);
    return { value: shown, text: printIssue(shown) };
  }),
  transition: command('ISSUE STATUS', async (ask, [issue = '', to], { as }) => {
    const outcome = await ask<Outcome>('POST', `/issues/${encodeURIComponent(issue)}/transition`, { to, as });
    const nobody = as === undefined ? 'No person was named, so the extension made the move. Name one with --as.\n' : '';
    return { value: outcome, text: `${printOutcome(outcome)}${nobody}` };
  }),
  set: {
    ...command('ISSUE FIELD=VALUE', async (ask, [issue = '', change = ''], { as }) => {
      const [field = '', ...rest] = change.split('=');
      const value = { [field]: readField(field, rest.join('=')) };
      // Projects have custom fields besides those of all issues.
      const isCustom = !Object.hasOwn(issueChangesSchema.shape, field);
      const changes = { issue: isCustom ? { custom_fields: value } : value, as };
      const changed = await ask<{ key: string }>('PATCH', `/issues/${encodeURIComponent(issue)}`, changes);
      return { value: changed, text: `${changed.key} now has ${isCustom ? 'the custom field ' : ''}${change}.\n` };
    }),
    check: ([issue = '', change = '']) => {
      const [field, ...rest] = change.split('=');
      if (rest.length === 0)
        throw new UsageError(`Invalid change ${change}. Write FIELD=VALUE, such as assignee_id=19.`);
      if (field !== 'status') return;
      throw new UsageError(`To change the status: npx kiket-dev sandbox transition ${issue} ${rest.join('=')}`);
    },
  },
  act: command('ACTION [ISSUE]', async (ask, [action = '', issue], { as, project, inputs }) => {
    // Kiket's own API isn't known to check this. The board's form does.
    const { extension } = await ask<Snapshot>('GET', '/state');
    const { inputs: asked = [] } = extension.actions.find(({ key }) => key === action) ?? {};
    const missing = asked.find(({ key, required }) => required && !inputs?.[key]?.trim());
    if (missing !== undefined) throw new Error(`${action} requires ${missing.key}. Add --input ${missing.key}=TEXT.`);
    const call = { issue, project, as, inputs };
    const result = await ask<ActionResult>('POST', `/actions/${encodeURIComponent(action)}`, call);
    return { value: result, text: printAction(result) };
  }),
  deliveries: command('[ID]', async (ask, [id]) => {
    const { deliveries } = await ask<Snapshot>('GET', '/state');
    if (id === undefined) return { value: deliveries, text: printDeliveries(deliveries) };
    const delivery = deliveries.find((each) => each.id === id);
    if (delivery === undefined) throw new Error(`Delivery ${id} isn't among the latest 100.`);
    return { value: delivery, text: printDelivery(delivery) };
  }),
  redeliver: command('ID|EVENT', async (ask, [name = '']) => {
    const id = name.startsWith('dlv_') ? name : await latestOf(ask, name);
    const delivery = await ask<Delivery>('POST', `/deliveries/${encodeURIComponent(id)}/redeliver`);
    return { value: delivery, text: printDeliveries([delivery]) };
  }),
  fault: command('[NAME [VALUE]]', async (ask, [name, value]) => {
    const faults = await setFault(ask, name, value);
    return { value: faults, text: printFaults(faults) };
  }),
  reset: command('', async (ask) => {
    const { issues } = await ask<Board>('POST', '/reset');
    return { value: issues, text: `Started over.\n${printIssues(issues)}` };
  }),
};

/** The latest delivery of an event. */
async function latestOf(ask: Ask, event: string): Promise<string> {
  const { deliveries } = await ask<Snapshot>('GET', '/state');
  const latest = deliveries.find((each) => each.event === event);
  if (latest !== undefined) return latest.id;
  const known = [...new Set(deliveries.map((each) => each.event))].join(', ') || 'none';
  throw new Error(`Unknown delivery or event "${event}". Events so far: ${known}.`);
}

async function setFault(ask: Ask, name: string | undefined, value: string | undefined): Promise<Faults> {
  if (name === undefined) return (await ask<Snapshot>('GET', '/state')).faults;
  if (name === 'off' && value === undefined) return ask('DELETE', '/faults');
  return ask('PATCH', '/faults', { [name]: readValue(value ?? 'on') });
}

/** Text fields stay text, even `42`. Commas separate labels, unless they're JSON. */
function readField(field: string, text: string): unknown {
  const value = readValue(text);
  if (field === 'labels' && typeof value === 'string')
    return value
      .split(',')
      .map((label) => label.trim())
      .filter(Boolean);
  const schema = issueChangesSchema.shape[field as keyof typeof issueChangesSchema.shape] as
    (typeof issueChangesSchema.shape)[keyof typeof issueChangesSchema.shape] | undefined;
  return schema?.safeParse(text).success === true ? text : value;
}

/** `on` and `off` are booleans, digits a number, JSON is parsed, and anything else is text. */
function readValue(text: string): unknown {
  if (text === 'on') return true;
  if (text === 'off') return false;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
