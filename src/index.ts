import dotenv from 'dotenv';
import { start } from 'kiket-express';
import { createApp } from './app.ts';
import { extension } from './extension.ts';

dotenv.config({ quiet: true });
start({ root: new URL('..', import.meta.url), extension, createApp });
