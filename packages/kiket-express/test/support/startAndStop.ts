import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { startServer } from '../../src/server/server.ts';
import { project } from '../fixture/src/project.ts';
import { deliver, moveToDone, press } from './deliver.ts';
import { secret } from './guardian.ts';

/*
 * Starts a server, uses all of it, and stops it. Run as a process of its own: it ends by itself only if nothing is left
 * behind, no timer and no connection.
 */

// A Kiket that takes calls and never answers them.
const silent = createServer((socket) => void socket.on('error', () => {}));
await once(silent.listen(0, '127.0.0.1'), 'listening');
const KIKET_BASE_URL = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
const env = { DATABASE_URL: process.env['DATABASE_URL'], KIKET_WEBHOOK_SECRET: secret, LOG_LEVEL: 'silent', PORT: '0' };
const server = await startServer(project, { ...env, HOST: '127.0.0.1', KIKET_BASE_URL });
const url = `http://127.0.0.1:${server.port}`;
const withJwt = { ...press('guardian_report'), authentication: { runtime_token: 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA' } };
const answers = await Promise.all([
  deliver(url, moveToDone()),
  deliver(url, press('approve_transition')),
  deliver(url, withJwt),
  fetch(`${url}/readyz`),
  fetch(`${url}/metrics`),
]);
await server.stop();
silent.close();
process.stdout.write(answers.map(({ status }) => status).join(' '));
