import { portPicker } from '../../../demo/free-port';

// Below the ports that systems give to outgoing connections and to whatever listens on port 0
// (Linux: 32,768 and up; others: 49,152 and up), so neither takes a port before the test's process
// listens on it. Above 10,080, which browsers do not open.
const FIRST = 11_000;
// Each of Jest's workers has its own share. Another run on this machine starts elsewhere in it.
const SHARE = 1_000;
const worker = Number(process.env['JEST_WORKER_ID'] ?? 0) % 20;
const start = FIRST + worker * SHARE + Math.floor(Math.random() * (SHARE - 200));

const pick = portPicker();

/** Returns a port for a process that cannot choose one itself. */
export const freePort = (): Promise<number> => pick(start);

/** Returns `count` ports, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
