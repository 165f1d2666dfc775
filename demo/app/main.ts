/**
 * The third-party app as a process: its pages over plain HTTP, so that no browser warns, its
 * callback over HTTPS.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { callbackApp } from './callback';
import { connections } from './connections';
import { site } from './site';

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const text = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`${name} is not set; start this through npm run demo.`);
    return value;
  };
  const port = {
    app: Number(text('APP_PORT')),
    callback: Number(text('CALLBACK_PORT')),
    wrongCallback: Number(text('WRONG_CALLBACK_PORT')),
  };
  const known = connections();
  const pages = site({
    connections: known,
    appName: text('APP_NAME'),
    appUrl: `http://localhost:${port.app}`,
    callbackUrl: `https://localhost:${port.callback}`,
    wrongCallbackUrl: `https://localhost:${port.wrongCallback}`,
    storeUrl: text('DEMO_STORE_URL'),
  });
  const callback = callbackApp(known);
  const certificate = (name: string) => ({
    cert: readFileSync(text(`${name}_CERT_FILE`)),
    key: readFileSync(text(`${name}_KEY_FILE`)),
  });
  const servers = [
    https.createServer(certificate('CALLBACK'), callback).listen(port.callback, '127.0.0.1'),
    https.createServer(certificate('WRONG_CALLBACK'), callback).listen(port.wrongCallback, '127.0.0.1'),
  ];
  await Promise.all(servers.map((server) => once(server, 'listening')));
  http.createServer(pages).listen(port.app, '127.0.0.1');
}

void main(process.env);
