import pino from 'pino';
import { createApp } from '../../../server/app';
import { readConfig } from '../../../server/config';
import { openStore } from '../../../server/open-store';
import { databaseUrl } from './test-database';
import { SECRET_KEY } from './server-process';

/** Runs the janitors of several servers on the store in `folder` at the same time, a few times. */
export async function cleanAtOnce(folder: string, count: number): Promise<void> {
  const config = readConfig({
    DATABASE_URL: databaseUrl(folder),
    SECRET_KEY,
    STORE_URL: 'http://store.test',
  });
  const log = pino({ level: 'silent' });
  const stores = await Promise.all(Array.from({ length: count }, () => openStore(config)));
  try {
    const apps = stores.map((store) => createApp({ ...store, config, log }));
    for (let round = 0; round < 3; round++) await Promise.all(apps.map(({ janitor }) => janitor.round()));
    await Promise.all(apps.map((app) => app.close()));
  } finally {
    await Promise.all(stores.map(({ database }) => database.close()));
  }
}
