// @ts-nocheck The receiver of Slack's Bolt, without Bolt's app behind it. https://docs.slack.dev/tools/bolt-js/concepts/receiver
import bolt from '@slack/bolt';
import { port, secret } from './work.js';

const receiver = new bolt.HTTPReceiver({ signingSecret: secret, endpoints: '/webhook' });
receiver.init({ processEvent: ({ ack }) => ack() });
await receiver.start({ port, host: '127.0.0.1' });
