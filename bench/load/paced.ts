/**
 * Sends requests at a fixed rate, whether or not earlier ones were answered, and prints the latencies' 99th percentile in
 * milliseconds. A request that had to wait for its turn counts from when it was due.
 */
import http from 'node:http';
import { p99 } from '../median';

const [port, path = '/', rate = '1000', seconds = '5', authorization = ''] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });
const latencies: number[] = [];
const total = Number(rate) * Number(seconds);
const began = performance.now();
let sent = 0;
let answered = 0;

function send(due: number): void {
  const headers = { Authorization: authorization, 'X-Forwarded-Proto': 'https' };
  http
    .get({ agent, host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume().on('end', () => {
        latencies.push(performance.now() - due);
        if (++answered === total) finish();
      });
    })
    .on('error', (error) => {
      throw error;
    });
}

function finish(): void {
  // The first second warms up both ends.
  console.log(p99(latencies.slice(Number(rate))));
  process.exit(0);
}

const timer = setInterval(() => {
  const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * Number(rate)));
  while (sent < due) send(began + (++sent / Number(rate)) * 1000);
  if (sent === total) clearInterval(timer);
}, 1);
