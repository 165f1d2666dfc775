/**
 * `npm run demo` starts three processes, as in production: a store on SQLite, the shop's API behind
 * it, and a third-party app that requests a key. Ctrl-C stops them all.
 *
 * DEMO_DIR (default data/demo) keeps the store; DEMO_STORE_PORT, DEMO_APP_PORT, DEMO_API_PORT,
 * DEMO_CALLBACK_PORT and DEMO_WRONG_CALLBACK_PORT are where it looks for free ports first.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { VARIABLES } from '../server/config';
import { demoCertificates } from './certificates';
import { portPicker } from './free-port';
import { demoManager } from './manager';
import { processes } from './processes';

const APP_NAME = 'Parcel Pilot';

async function main(): Promise<void> {
  const { env } = process;
  const folder = resolve(env['DEMO_DIR'] ?? join(__dirname, '../data/demo'));
  mkdirSync(folder, { recursive: true });

  const pick = portPicker();
  const portOf = (name: string, wished: number) => pick(Number(env[name] ?? '') || wished);
  const port = {
    store: await portOf('DEMO_STORE_PORT', 8080),
    app: await portOf('DEMO_APP_PORT', 8090),
    api: await portOf('DEMO_API_PORT', 8091),
    callback: await portOf('DEMO_CALLBACK_PORT', 8453),
    // With a certificate for another host.
    wrongCallback: await portOf('DEMO_WRONG_CALLBACK_PORT', 8454),
  };
  const url = (key: keyof typeof port) => `http://localhost:${port[key]}`;

  const certificates = demoCertificates();
  const keep = (name: string, pem: string): string => {
    const path = join(folder, name);
    writeFileSync(path, pem, { mode: 0o600 });
    return path;
  };

  // Variables of a real server in this shell do not apply to the demo.
  const surroundings = Object.fromEntries(Object.entries(env).filter(([name]) => !VARIABLES.includes(name)));
  const storeEnv = {
    ...surroundings,
    PORT: String(port.store),
    STORE_URL: url('store'),
    STORE_NAME: 'Corner Shop',
    DATABASE_URL: `sqlite:${join(folder, 'store.sqlite')}`,
    UPSTREAM_URL: url('api'),
    // The app's callback is on this machine, with a certificate of this run's own authority.
    CALLBACK_ALLOW_HOSTS: `localhost:${port.callback}, localhost:${port.wrongCallback}`,
    NODE_EXTRA_CA_CERTS: keep('ca.crt', certificates.ca),
    // Shorter than the default minute, for an app that never answers.
    CALLBACK_TIMEOUT_MS: '10000',
    LOG_LEVEL: env['LOG_LEVEL'] ?? 'warn',
  };
  const manager = await demoManager(storeEnv, folder);

  let stopped: Promise<never> | undefined;
  const children = processes({
    folder,
    onDeath: (message) => {
      console.error(message);
      void stop(1);
    },
  });
  const stop = (code: number): Promise<never> => (stopped ??= children.stop().then(() => process.exit(code)));
  // npm forwards the signal, so this process gets it twice.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));

  try {
    await Promise.all([
      children.start('The store', {
        script: 'server/main.ts',
        env: storeEnv,
        readyAt: `${url('store')}/login`,
      }),
      children.start("The shop's API", {
        script: 'demo/products-api.ts',
        env: { ...surroundings, API_PORT: String(port.api) },
        readyAt: url('api'),
      }),
      children.start('The app', {
        script: 'demo/app/main.ts',
        env: {
          ...surroundings,
          APP_NAME,
          APP_PORT: String(port.app),
          CALLBACK_PORT: String(port.callback),
          CALLBACK_CERT_FILE: keep('app.crt', certificates.app.cert),
          CALLBACK_KEY_FILE: keep('app.key', certificates.app.key),
          WRONG_CALLBACK_PORT: String(port.wrongCallback),
          WRONG_CALLBACK_CERT_FILE: keep('wrong.crt', certificates.wrong.cert),
          WRONG_CALLBACK_KEY_FILE: keep('wrong.key', certificates.wrong.key),
          DEMO_STORE_URL: url('store'),
        },
        readyAt: url('app'),
      }),
    ]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    await stop(1);
  }

  console.log(`
  Open      ${url('app')}/
            the app ${APP_NAME}: press "Connect your store"
  Sign in   ${manager.login}
  Password  ${manager.password}

  The store is ${url('store')}/ and keeps its data in ${relative(process.cwd(), folder) || '.'}.
  Ctrl-C stops everything.
`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
