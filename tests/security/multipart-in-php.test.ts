import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RestError } from '../../server/errors/http-errors';
import { topLevelName } from '../../server/http/php-params';
import { multipartPairs } from '../../server/key-authentication/multipart-pairs';
import { exchange, requestBytes } from '../support/http/raw-http';
import fc from '../support/jest/fast-check';
import { freePort } from '../support/http/free-port';

// PHP itself says which bodies name a route: a body in which only PHP finds one would lead a limited
// key to another group. The server finds it too, or does not accept the body.

const present = spawnSync('php', ['--version']).status === 0;
const BEGINNINGS = [
  'Content-Disposition: form-data; name="rest_route"',
  'Content-Disposition: form-data; name=rest_route',
  'Content-Disposition: form-data; name="rest[ route"',
  "Content-Disposition:name='rest_route'; filename=x",
  'Content-Disposition: form-data; name=rest_ro\r\nute\r\nX: y',
  'Content-Disposition: form-data; name="rest_ro\r\nute"\r\nX: y',
  'Content-Disposition: form-data; x=LONG; name=rest_routeZ:y',
  'Content-Disposition: form-data; x=LONG; name="rest_ro\0ute"',
  'X: LONGContent-Disposition: form-data; name=rest_route',
];
const NOISE = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\0',
    ' ',
    '\t',
    '\v',
    '\xa0',
    '\x85',
    ';',
    ':',
    '=',
    ',',
    '[',
    '[ ',
    ']',
    '"',
    "'",
    '\\',
    'X',
  ],
  ...['\r\nX: y\r\n', 'name=', 'rest_', 'ute', 'rest_route'],
];

/** PHP reads the head of a part in pieces of 5,120 bytes, so a part of the noise is near there. */
const head = fc
  .record({
    beginning: fc.constantFrom(...BEGINNINGS),
    long: fc.integer({ min: 5_000, max: 5_130 }),
    edits: fc.array(
      fc.record({
        at: fc.nat(5_200),
        noise: fc.constantFrom(...NOISE),
        nearTheCut: fc.boolean(),
        replaces: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  })
  .map(({ beginning, long, edits }) =>
    edits.reduce(
      (text, { at, noise, nearTheCut, replaces }) => {
        const place = nearTheCut ? Math.min(text.length, 5_100 + (at % 60)) : at % (text.length + 1);
        return text.slice(0, place) + noise + text.slice(place + Number(replaces));
      },
      beginning.replace('LONG', 'a'.repeat(long)),
    ),
  );
/** Returns the names that the server finds, or `rest_route` for a body that it does not accept. */
function namesOf(body: Buffer): string[] {
  try {
    return multipartPairs(body, TYPE).map(([name]) => topLevelName(name));
  } catch (error) {
    if (error instanceof RestError && error.status === 415) return ['rest_route'];
    throw error;
  }
}

const TYPE = 'multipart/form-data; boundary=xx';
const ending = fc.constantFrom('\r\n--xx--\r\n', '\n--xx--', '');
const blankLine = fc.constantFrom('\r\n\r\n', '\r\n\r\n', '\n\n', '\r\n\0\n', '\r\n');

(present ? describe : describe.skip)('names in multipart heads', () => {
  let folder: string;
  let php: ChildProcess;
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wc-auth-php-'));
    writeFileSync(
      join(folder, 'post.php'),
      '<?php echo isset($_POST["rest_route"]) ? "named" : "not named";',
    );
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    php = spawn('php', ['-n', '-S', `127.0.0.1:${port}`, join(folder, 'post.php')]);
    await once(php.stderr!, 'data');
  });
  afterAll(async () => {
    php.kill();
    await once(php, 'exit');
    rmSync(folder, { recursive: true });
  });

  test('are found wherever PHP finds them', async () => {
    let named = 0;
    await fc.assert(
      fc.asyncProperty(head, blankLine, ending, async (written, blank, end) => {
        const body = Buffer.from(`--xx\r\n${written}${blank}/wc/v3/customers${end}`, 'latin1');
        const type = ['Content-Type', TYPE] as const;
        const answer = await exchange(url, requestBytes('POST', '/', [type], body));
        if (answer.text !== 'named') return;
        named++;
        expect(namesOf(body)).toEqual(expect.arrayContaining(['rest_route']));
      }),
      { numRuns: 3_000 },
    );
    expect(named).toBeGreaterThan(50);
  });
});
