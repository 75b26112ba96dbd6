#!/usr/bin/env node
// Stands in for Kiket's command line tool, which is not on npm: signs only the body, posts it, and prints status and answer.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const [, command = ''] = process.argv.slice(2);
if (process.env.KIKET_FAILS === command) {
  process.stdout.write(`${command} failed\n`);
  process.exit(1);
}
if (command !== 'replay') {
  process.stdout.write(`${command} passed\n`);
  process.exit(0);
}
const { values } = parseArgs({
  args: process.argv.slice(4),
  options: {
    payload: { type: 'string', default: '' },
    url: { type: 'string', default: '' },
    'signing-secret': { type: 'string', default: '' },
  },
});
const body = JSON.stringify(JSON.parse(readFileSync(values.payload, 'utf8')), null, 2);
const response = await fetch(values.url, {
  method: 'POST',
  headers: {
    'Content-Type': 'application/json',
    'X-Kiket-Signature': createHmac('sha256', values['signing-secret']).update(body).digest('hex'),
  },
  body,
});
process.stdout.write(`HTTP ${response.status}\n${JSON.stringify(await response.json(), null, 2)}\n`);
process.exitCode = response.status >= 400 ? 1 : 0;
