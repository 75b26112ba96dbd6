import type { ActionResult } from '../actions.ts';
import type { Board } from '../board.ts';
import type { Delivery } from '../deliveryLog.ts';
import type { Faults } from '../faults.ts';
import type { Outcome } from '../workflow.ts';
import type { Ask } from './connection.ts';
import { CommandError } from './errors.ts';
import { printAction, printDeliveries, printDelivery, printFaults, printIssues, printOutcome } from './print.ts';

/** What a command has to say: for machines and for people. */
export interface Said {
  value: unknown;
  text: string;
}

/** The options that commands take. */
export interface CommandOptions {
  as: string | undefined;
  project: string | undefined;
}

type Command = (ask: Ask, words: readonly string[], options: CommandOptions) => Promise<Said>;

/** The commands that need a sandbox, with the words that each wants. */
export const commands: Readonly<Record<string, { words: string; run: Command }>> = {
  issues: {
    words: '',
    run: async (ask) => {
      const board = await ask<Board>('GET', '/board');
      return { value: board.issues, text: printIssues(board) };
    },
  },
  transition: {
    words: 'ISSUE STATUS',
    run: async (ask, [issue = '', to], { as }) => {
      const outcome = await ask<Outcome>('POST', `/issues/${encodeURIComponent(issue)}/transition`, { to, as });
      return { value: outcome, text: printOutcome(outcome) };
    },
  },
  set: {
    words: 'ISSUE FIELD=VALUE',
    run: async (ask, [issue = '', change = ''], { as }) => {
      const [field = '', ...rest] = change.split('=');
      if (rest.length === 0) throw new CommandError(`${change} is no FIELD=VALUE, such as assignee_id=19.`);
      const changes = { [field]: readValue(rest.join('=')) };
      const changed = await ask<{ key: string }>('PATCH', `/issues/${encodeURIComponent(issue)}`, {
        issue: changes,
        as,
      });
      return { value: changed, text: `${changed.key} has ${change} now.\n` };
    },
  },
  act: {
    words: 'ACTION [ISSUE]',
    run: async (ask, [action = '', issue], { as, project }) => {
      const result = await ask<ActionResult>('POST', `/actions/${encodeURIComponent(action)}`, { issue, project, as });
      return { value: result, text: printAction(result) };
    },
  },
  deliveries: {
    words: '[ID]',
    run: async (ask, [id]) => {
      if (id !== undefined) {
        const delivery = await ask<Delivery>('GET', `/deliveries/${encodeURIComponent(id)}`);
        return { value: delivery, text: printDelivery(delivery) };
      }
      const deliveries = await ask<Delivery[]>('GET', '/deliveries');
      return { value: deliveries, text: printDeliveries(deliveries) };
    },
  },
  redeliver: {
    words: 'ID',
    run: async (ask, [id = '']) => {
      const delivery = await ask<Delivery>('POST', `/deliveries/${encodeURIComponent(id)}/redeliver`);
      return { value: delivery, text: printDeliveries([delivery]) };
    },
  },
  fault: {
    words: '[NAME [VALUE]]',
    run: async (ask, [name, value]) => {
      const faults = await setFault(ask, name, value);
      return { value: faults, text: printFaults(faults) };
    },
  },
  reset: {
    words: '',
    run: async (ask) => {
      const board = await ask<Board>('POST', '/reset');
      return { value: board.issues, text: `The story begins anew.\n${printIssues(board)}` };
    },
  },
};

async function setFault(ask: Ask, name: string | undefined, value: string | undefined): Promise<Faults> {
  if (name === undefined) return ask('GET', '/faults');
  if (name === 'off' && value === undefined) return ask('DELETE', '/faults');
  return ask('PATCH', '/faults', { [name]: readValue(value ?? 'on') });
}

/** `on` and `off` are switches, digits a number, JSON what it says, and anything else text. */
function readValue(text: string): unknown {
  if (text === 'on') return true;
  if (text === 'off') return false;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
