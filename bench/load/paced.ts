/**
 * Sends requests at a fixed rate, whether or not earlier ones were answered, and prints the 99th
 * percentile of the latencies in milliseconds. A request that had to wait counts from when it was
 * due. It writes bytes to sockets, so that on two cores the loader does not take the time that it
 * measures.
 */
import net from 'node:net';
import { p99 } from '../median';

const CONNECTIONS = 50;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

const [port, path = '/', rate = '1000', seconds = '5', authorization = ''] = process.argv.slice(2);
const request = [
  `GET ${path} HTTP/1.1`,
  'Host: localhost',
  `Authorization: ${authorization}`,
  'X-Forwarded-Proto: https',
  '\r\n',
].join('\r\n');
const latencies: number[] = [];
const total = Number(rate) * Number(seconds);
const began = performance.now();
let sent = 0;
const due: number[] = [];
const idle: net.Socket[] = [];
const asked = new Map<net.Socket, number>();

for (let n = 0; n < CONNECTIONS; n++) {
  const socket = net.connect(Number(port), '127.0.0.1', () => {
    idle.push(socket);
  });
  // The answer has no body and comes in one piece, so its first bytes are its end.
  socket.setNoDelay().on('data', (chunk) => {
    if (!chunk.subarray(0, 12).equals(OK) || chunk.indexOf(END_OF_HEAD) !== chunk.length - END_OF_HEAD.length)
      throw new Error(`answered: ${chunk.toString()}`);
    latencies.push(performance.now() - (asked.get(socket) ?? NaN));
    if (latencies.length === total) finish();
    idle.push(socket);
    sendDue();
  });
}
const OK = Buffer.from('HTTP/1.1 200');

function sendDue(): void {
  while (due.length > 0 && idle.length > 0) {
    const socket = idle.pop() as net.Socket;
    asked.set(socket, due.shift() ?? NaN);
    socket.write(request);
  }
}

function finish(): void {
  // The first second warms up both ends.
  console.log(p99(latencies.slice(Number(rate))));
  process.exit(0);
}

const timer = setInterval(() => {
  const now = performance.now();
  const upTo = Math.min(total, Math.floor(((now - began) / 1000) * Number(rate)));
  while (sent < upTo) due.push(began + (++sent / Number(rate)) * 1000);
  sendDue();
  if (sent === total) clearInterval(timer);
}, 1);
