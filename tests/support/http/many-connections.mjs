// Opens COUNT connections to HOST:PORT, sends this text on each, and prints how many are open and
// how many have ended, as one JSON object per line. Ends with its standard input.
import net from 'node:net';

const [host, port, count, said] = process.argv.slice(2);
const AT_ONCE = 200;
let open = 0;
let ended = 0;
let failed = 0;

function connect() {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port: Number(port) }, () => {
      open++;
      socket.write(said);
      resolve();
    });
    socket.on('error', () => {
      if (socket.connecting || socket.pending) failed++;
      resolve();
    });
    socket.on('close', () => {
      ended++;
      if (ended === Number(count)) tell();
    });
    socket.resume();
  });
}

const tell = () => console.log(JSON.stringify({ open, ended, failed }));

let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (next++ < Number(count)) await connect();
  }),
);
tell();
process.stdin.on('end', () => process.exit()).resume();
