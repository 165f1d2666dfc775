import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../support/http/free-port';
import { startDemo } from '../support/scenes/demo';

test('the first URL that the demo prints answers, and Ctrl-C stops everything it started', async () => {
  const demo = await startDemo();
  const first = /https?:\/\/\S+/.exec(demo.output())?.[0] ?? '';
  expect((await fetch(first)).status).toBe(200);
  expect((await fetch(demo.storeUrl, { redirect: 'manual' })).status).toBe(302);
  expect(demo.output().trim().split('\n').length).toBeLessThan(9);
  expect(await demo.stop('SIGINT')).toBe(0);
  await expect(fetch(first)).rejects.toThrow();
  await expect(fetch(demo.storeUrl)).rejects.toThrow();
});

test('a demo that is killed leaves no process behind', async () => {
  const demo = await startDemo();
  await demo.stop('SIGKILL');
  const gone = async (url: string) => {
    const answers = () =>
      fetch(url, { redirect: 'manual' }).then(
        () => true,
        () => false,
      );
    while (await answers());
  };
  await Promise.all([gone(demo.appUrl), gone(demo.storeUrl)]);
});

test('a second demo takes the next free ports', async () => {
  const ports = await freePorts(5);
  const one = await startDemo({ ports });
  const two = await startDemo({ ports });
  expect(two.appUrl).not.toBe(one.appUrl);
  expect(two.storeUrl).not.toBe(one.storeUrl);
  expect((await fetch(two.appUrl)).status).toBe(200);
  await Promise.all([one.stop(), two.stop()]);
});

test('a demo started again in the same folder has the same manager', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-kept-demo-'));
  const first = await startDemo({ folder });
  await first.stop();
  const second = await startDemo({ folder });
  expect(second.password).toBe(first.password);
  expect(await second.wcAuth('users', 'list')).toHaveLength(1);
  await second.stop();
  rmSync(folder, { recursive: true });
});
