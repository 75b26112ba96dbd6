// Express with express.raw and zod, and nothing else.
import express from 'express';
import { serveWebhook } from './expressWebhook.ts';

serveWebhook(express());
