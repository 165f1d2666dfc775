import { readConfig } from '../../server/config';
import { openStore } from '../../server/open-store';
import { createServices } from '../../server/services';
import { httpBrowser, type HttpBrowser } from '../support/http/http-browser';
import { environment } from '../support/store/server-process';
import { startBuiltServer } from './built-server';

const PASSWORD = 'correct horse battery';
const LOGINS = ['mara', 'jonas'];

/** Opens the store for changes that another process than the server makes. */
export async function openAdministration(folder: string) {
  const config = readConfig(environment(folder));
  const store = await openStore(config);
  const services = createServices({ ...store, sessionLimits: config.session });
  return { ...services, close: () => store.database.close() };
}

/** Makes the store and its managers, signs each in, and stops the server. */
export async function makeManagers(program: string, folder: string): Promise<HttpBrowser[]> {
  const { users, close } = await openAdministration(folder);
  for (const login of LOGINS) {
    const email = `${login}@store.test`;
    await users.add({ login, email, role: 'administrator', password: PASSWORD, now: Date.now() });
  }
  await close();

  const server = startBuiltServer(program, folder);
  const url = await server.listening;
  if (url === undefined) throw new Error(`the server did not start: ${(await server.ended).stderr}`);
  const browsers: HttpBrowser[] = [];
  for (const login of LOGINS) {
    const browser = httpBrowser(url);
    const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
    const answer = await browser.post('/login', { ...fields, username: login, password: PASSWORD });
    if (answer.status !== 302) throw new Error(`could not sign in: ${answer.status}`);
    browsers.push(browser);
  }
  server.kill();
  await server.ended;
  return browsers;
}
