/**
 * The third-party app as a process: its pages over plain HTTP, so that no browser warns, its
 * callback over HTTPS.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { callbackApp } from './callback';
import { connections } from './connections';
import { site } from './site';

function main(env: NodeJS.ProcessEnv): void {
  const text = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`${name} is not set; start this through npm run demo.`);
    return value;
  };
  const port = { app: Number(text('APP_PORT')), callback: Number(text('CALLBACK_PORT')) };
  const known = connections();
  const pages = site({
    connections: known,
    appName: text('APP_NAME'),
    appUrl: `http://localhost:${port.app}`,
    callbackUrl: `https://localhost:${port.callback}`,
    storeUrl: text('DEMO_STORE_URL'),
  });
  const certificate = {
    cert: readFileSync(text('CALLBACK_CERT_FILE')),
    key: readFileSync(text('CALLBACK_KEY_FILE')),
  };
  https
    .createServer(certificate, callbackApp(known))
    .listen(port.callback, '127.0.0.1')
    .once('listening', () => http.createServer(pages).listen(port.app, '127.0.0.1'));
}

main(process.env);
