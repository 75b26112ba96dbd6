// @ts-nocheck GitHub's own receiver, on node:http. https://github.com/octokit/webhooks.js
import { createServer } from 'node:http';
import { createNodeMiddleware, Webhooks } from '@octokit/webhooks';
import { port, secret } from './work.js';

const webhooks = new Webhooks({ secret });
webhooks.on('issues', () => {});
createServer(createNodeMiddleware(webhooks, { path: '/webhook' })).listen(port, '127.0.0.1');
