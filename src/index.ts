import dotenv from 'dotenv';
import { readDotenv, start } from 'kiket-express';
import { createApp } from './app.ts';
import extension from './extension.ts';

start({ root: new URL('..', import.meta.url), extension, createApp }, () => readDotenv('.env', dotenv.parse));
