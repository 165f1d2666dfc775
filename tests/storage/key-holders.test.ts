import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceSecretKeyFile } from '../../server/storage/secret-key-file';
import { keyHolders } from '../../server/storage/key-holders';
import { secretKey } from '../../server/storage/secret-key';
import { secretKeys } from '../../server/storage/secret-keys';
import { processStore, type ProcessStore } from '../support/store/process-store';

const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)];
let store: ProcessStore;
let folder: string;
let file: string;
beforeEach(async () => {
  store = await processStore();
  folder = join(store.folder, 'secrets');
  file = join(folder, 'key');
  mkdirSync(folder);
  writeFileSync(file, `${OLD}\n`);
});
afterEach(() => store.clear());

/**
 * Returns how many servers do not have the new key, for a command after `meanwhile`. One server
 * reads `file`.
 */
const without = (meanwhile: () => void) =>
  store.on(async ({ database: servers }) => {
    const keys = () =>
      secretKeys({ secretKey: undefined, secretKeyFile: file }, { client: 'sqlite', file: store.file });
    await keyHolders(servers, keys()).announce();
    meanwhile();
    return store.on(({ database }) => keyHolders(database, keys()).without(secretKey(NEW).id));
  });

test('a server that reads the key file has the new key as soon as the file has it', async () => {
  const counted = await without(() => {
    replaceSecretKeyFile(file, [NEW, OLD]);
  });
  expect(counted).toBe(0);
});

// Regression: only the path was compared, but two containers may have different files at the same
// path.
test('a server whose key file has the same path but is another file does not have the new key', async () => {
  const counted = await without(() => {
    renameSync(folder, `${folder}-of-the-server`);
    mkdirSync(folder);
    writeFileSync(file, `${NEW}\n${OLD}\n`);
  });
  expect(counted).toBe(1);
});

// Regression: a check during a server's network failure deleted its row, which was never restored.
test('a server that seems to be gone for a moment is counted again afterwards', async () => {
  const counted = await store.on(async ({ database, secretKey }) => {
    const withdraw = await keyHolders(database, secretKey).announce();
    const seenGone = { ...database, lease: { ...database.lease, isGone: () => Promise.resolve(true) } };
    const during = await keyHolders(seenGone, secretKey).running();
    const after = await keyHolders(database, secretKey).running();
    await withdraw();
    return [during, after, await keyHolders(database, secretKey).running()];
  });
  expect(counted).toEqual([0, 1, 0]);
});
