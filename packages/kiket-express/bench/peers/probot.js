// @ts-nocheck Probot, which most GitHub Apps in Node are written with. https://probot.github.io/docs/configuration/
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createNodeMiddleware, createProbot } from 'probot';
import { port, secret } from './work.js';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const probot = createProbot({ overrides: { appId: 1, privateKey, secret, logLevel: 'info' } });
const app = (robot) => void robot.on('issues', () => {});
const middleware = await createNodeMiddleware(app, { probot, webhooksPath: '/webhook' });
createServer(middleware).listen(port, '127.0.0.1');
