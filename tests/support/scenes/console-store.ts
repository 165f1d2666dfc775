import { seedKey } from './console-scene';
import { PASSWORD, startTestStore, type TestStore, type TestStoreOptions } from '../store/test-store';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/**
 * Creates a store that has been in use: two managers and an administrator, apps, old and new keys,
 * some history.
 */
export async function storeInUse(options: TestStoreOptions = {}): Promise<TestStore> {
  const store = await startTestStore({
    ...options,
    env: { STORE_NAME: 'Tea & Kettle', ...options.env },
  });
  const now = Date.now();
  const people = [
    ['maren', 'Maren Okafor', 'administrator'],
    ['jonas', 'Jonas Lind', 'shop_manager'],
    ['priya', 'Priya Raman', 'shop_manager'],
    ['tom', 'Tom Baker', 'customer'],
  ] as const;
  for (const [login, name, role] of people)
    await store.app.users.add({
      login,
      name,
      role,
      email: `${login}@tea.example`,
      password: PASSWORD,
      now: now - 300 * DAY,
    });
  const app = (appName: string, host: string) => ({
    appName,
    callbackOrigin: `https://${host}`,
    appUserId: '7',
  });
  const keys = [
    ['maren', 'Parcel Pilot', 'parcelpilot.example', 'read_write', 210, 0.1],
    ['maren', 'Ledgerly Accounting', 'hooks.ledgerly.example', 'read', 180, 5],
    ['jonas', 'Parcel Pilot', 'parcelpilot.example', 'read_write', 90, 26],
    ['jonas', 'Mailbird Campaigns', 'api.mailbird.example', 'read', 340, 24 * 120],
    ['priya', 'Kassenwart POS', 'kasse.example:8443', 'read_write', 30, 0.6],
    ['maren', 'Bücherwurm', 'xn--bcher-kva.example', 'write', 12, undefined],
  ] as const;
  for (const [owner, name, host, permissions, madeDaysAgo, usedHoursAgo] of keys) {
    const createdAt = now - madeDaysAgo * DAY;
    await seedKey(store, {
      owner,
      permissions,
      createdAt,
      description: `${name} - API (${new Date(createdAt).toISOString().slice(0, 19).replace('T', ' ')})`,
      app: app(name, host),
      ...(usedHoursAgo === undefined
        ? {}
        : { lastAccess: now - usedHoursAgo * HOUR, lastAddress: '203.0.113.24' }),
    });
  }
  await seedKey(store, {
    owner: 'priya',
    description: 'Stock sync of the warehouse',
    permissions: 'write',
    createdAt: now - 3 * DAY,
    lastAccess: now - 2 * HOUR,
    lastAddress: '2001:db8::41',
  });
  await seedKey(store, {
    owner: 'tom',
    description: 'Old import script',
    createdAt: now - 400 * DAY,
    lastAccess: now - 300 * DAY,
  });
  const { userId } = await store.userOf('maren');
  const who = { userId, login: 'maren', address: '198.51.100.4' };
  const parcel = { appName: 'Parcel Pilot', callbackOrigin: 'https://parcelpilot.example' };
  await store.app.audit.record({
    event: 'user.added',
    at: now - 300 * DAY,
    detail: { by: 'command line', userId, login: 'maren', role: 'administrator' },
  });
  await store.app.audit.record({
    event: 'grant.approved',
    at: now - 210 * DAY,
    ...who,
    ...parcel,
    keyId: 1,
    detail: { permissions: 'read_write', ms: 412 },
  });
  await store.app.audit.record({
    event: 'grant.delivery_failed',
    at: now - 12.2 * DAY,
    ...who,
    appName: 'Bücherwurm',
    callbackOrigin: 'https://xn--bcher-kva.example',
    detail: { reason: 'tls', problem: 'expired', ms: 88 },
  });
  await store.app.audit.record({
    event: 'grant.denied',
    at: now - 11 * DAY,
    ...who,
    appName: 'Free Coupons 4U',
    callbackOrigin: 'https://coupons.example',
  });
  await store.app.audit.record({
    event: 'key.changed',
    at: now - 2 * DAY,
    ...who,
    keyId: 7,
    detail: {
      by: 'console',
      description: 'Stock sync of the warehouse',
      from: { permissions: 'read_write' },
      to: { permissions: 'write' },
    },
  });
  await store.app.audit.record({
    event: 'session.sign_in_failed',
    at: now - 5 * HOUR,
    address: '192.0.2.77',
  });
  return store;
}
