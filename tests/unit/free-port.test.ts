import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { portPicker } from '../../demo/free-port';
import { freePort, freePorts } from '../support/http/free-port';

const EPHEMERAL = '/proc/sys/net/ipv4/ip_local_port_range';

test('two calls at once pick two ports', async () => {
  const pick = portPicker();
  const start = await freePort();
  const [one, two] = await Promise.all([pick(start), pick(start)]);
  expect(two).toBeGreaterThan(one);
});

test.each(['127.0.0.1', '::1'])('a port in use on %s is not picked', async (host) => {
  const port = await freePort();
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  expect((server.address() as AddressInfo).port).toBe(port);
  expect(await portPicker()(port)).toBeGreaterThan(port);
  server.close();
  await once(server, 'close');
});

test('an outgoing connection cannot take a port of a test', async () => {
  // macOS and Windows begin at 49,152.
  const [first = NaN] =
    process.platform === 'linux' ? readFileSync(EPHEMERAL, 'utf8').trim().split(/\s+/).map(Number) : [49_152];
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  expect(Math.max(...ports)).toBeLessThan(first);
});
