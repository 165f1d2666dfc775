import { mysqlError } from '../../server/import/source/mysql-errors';
import { mysqlAddress } from '../../server/import/source/mysql-url';
import { openSource } from '../../server/import/source/open-source';

test('reads the parts of a URL', () => {
  expect(mysqlAddress('mysql://shop%40user@db.example:3307/my%20shop?ssl=off')).toEqual({
    user: 'shop@user',
    host: 'db.example',
    port: 3307,
    socket: undefined,
    database: 'my shop',
    encryption: 'off',
    place: 'mysql://shop%40user@db.example:3307/my%20shop',
  });
  expect(mysqlAddress('mysql://u@[::1]/d')).toMatchObject({ host: '::1', port: 3306, encryption: 'off' });
  expect(mysqlAddress('mysql://u@localhost/d?socket=/run/mysqld/mysqld.sock')).toMatchObject({
    socket: '/run/mysqld/mysqld.sock',
    encryption: 'off',
  });
});

test.each([
  ['mysql://u@localhost/d', 'off'],
  ['mysql://u@127.0.0.1/d', 'off'],
  ['mysql://u@localhost/d?ssl=on', { authority: undefined }],
  ['mysql://u@db.example/d', { authority: undefined }],
  ['mysql://u@127.example/d', { authority: undefined }],
  ['mysql://u@10.0.0.5/d?ssl=unverified', 'unverified'],
  ['mysql://u@db.example/d?ssl=unverified', 'unverified'],
  ['mysql://u@db.example/d?ssl=off', 'off'],
  [`mysql://u@localhost/d?ssl-ca=${__filename}`, { authority: expect.stringContaining('import') }],
])('encrypts %s unless the server is on this machine', (url, encryption) => {
  expect(mysqlAddress(url).encryption).toEqual(encryption);
});

test.each([
  'mysql://u:hunter2@h/d',
  'mariadb://u:hunter2@h/d',
  'mysql://u:hunter2@h',
  'mysql://u:hunter2@h/d?x=1',
])('rejects the password in %s and does not repeat it', (url) => {
  const open = () => openSource({ from: url });
  expect(open).toThrow(
    /Remove the password from the URL of --from: .*IMPORT_DATABASE_PASSWORD or IMPORT_DATABASE_PASSWORD_FILE/,
  );
  expect(open).not.toThrow(/hunter2/);
});

test.each([
  ['mysql://h/d', 'The URL of --from names no user. Write mysql://USER@HOST/DATABASE.'],
  ['mysql://u@h', 'The URL of --from must name one database.'],
  ['mysql://u@h/', 'The URL of --from must name one database.'],
  ['mysql://u@h/a/b', 'The URL of --from must name one database.'],
  [
    'mysql://u@h/d?sslmode=off',
    'The URL of --from has an unknown option, "sslmode". It may have ssl, ssl-ca, socket.',
  ],
  ['mysql://u@h/d?ssl=maybe', 'ssl in the URL of --from must be on, off or unverified (got "maybe").'],
  ['mysql://u@h/d?ssl-ca=/none.pem', 'The file of ssl-ca cannot be read (ENOENT): /none.pem'],
  ['mysql://u@h:port/d', 'The URL of --from cannot be read.'],
  [
    'mysql://u@10.0.0.5/d',
    'The URL of --from must name the host, because a certificate cannot be compared with 10.0.0.5. If the network between is trusted, add ?ssl=off',
  ],
  ['mysql://u@127.0.0.1/d?ssl=on', 'The URL of --from must name the host,'],
  ['mysql://u%zz@h/d', 'The URL of --from has a % that begins no code. Write %25 for it.'],
])('rejects %s', (url, message) => {
  expect(() => openSource({ from: url })).toThrow(message);
});

test('rejects a URL with a password in which a character is not encoded, and does not repeat it', () => {
  for (const url of ['mysql://u:hunter2/@h:x/d', 'mysql://u:hunter2#@h/d', 'mysql://u:hunter2'])
    expect(() => openSource({ from: url })).toThrow(/^(?!.*hunter2)/s);
});

test('shows a database without its options', () => {
  expect(openSource({ from: 'mysql://u@h:3307/d?ssl=off' }).place).toBe('mysql://u@h:3307/d');
});

test('explains a certificate that is not trusted', () => {
  const error = Object.assign(new Error('self-signed certificate'), { code: 'HANDSHAKE_SSL_ERROR' });
  expect(mysqlError(error, mysqlAddress('mysql://u@db.example/d')).message).toBe(
    'The TLS certificate of the database at db.example:3306 is not trusted (self-signed certificate). Add ?ssl-ca=FILE with its authority to the URL of --from, or ?ssl=unverified to accept any certificate.',
  );
});

test('explains a server without TLS', () => {
  const error = Object.assign(new Error('no TLS'), { code: 'HANDSHAKE_NO_SSL_SUPPORT' });
  expect(mysqlError(error, mysqlAddress('mysql://u@db.example/d')).message).toMatch(
    /^The database at db\.example:3306 does not offer TLS\. .* add \?ssl=off/,
  );
});
