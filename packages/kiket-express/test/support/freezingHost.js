/*
 * An instance as Lambda and Vercel have them, in a process of its own: `freezingHost.js lambda|vercel FILE TIMEOUT_MS`. It
 * freezes as soon as an answer is out. JavaScript, so that it starts without delay.
 */
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [kind, file = '', timeoutMs = ''] = process.argv.slice(2);
const built = await import(pathToFileURL(file).href);
const freeze = () => process.kill(process.pid, 'SIGSTOP');

if (kind === 'lambda') {
  writeSync(1, 'ready\n');
  let answers = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const endsAt = performance.now() + Number(timeoutMs);
    const getRemainingTimeInMillis = () => endsAt - performance.now();
    const late = wait(Number(timeoutMs), 'timed out', { ref: false });
    const answer = await Promise.race([built.handler(JSON.parse(line), { getRemainingTimeInMillis }), late]);
    answers += 1;
    writeSync(1, `answer ${answers} ${JSON.stringify(answer)}\n`);
    freeze();
  }
}
if (kind === 'vercel') {
  const server = createServer((request, response) => {
    response.once('finish', freeze);
    built.default(request, response);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object') writeSync(1, `listens on ${address?.port}\n`);
  });
}
