import { failureOf } from '../../server/errors/failure';
import {
  ClientError,
  PageError,
  RestError,
  UnavailableError,
  WcAuthError,
} from '../../server/errors/http-errors';
import { RevokeError } from '../../server/errors/oauth';
import { asRevokeError } from '../../server/errors/oauth';
import { asRestError } from '../../server/errors/rest';

const withCode = (code: string, message = 'insert into api_keys values (secret-hash)') =>
  Object.assign(new Error(message), { code });
const withStatus = (status: unknown) => Object.assign(new Error('from a parser'), { status });

describe('a thrown value', () => {
  test.each([
    ['a WcAuthError', new WcAuthError('no'), 401, 'wp_die', undefined],
    ['a RestError', new RestError(404, 'rest_no_route', 'no'), 404, 'rest_no_route', undefined],
    [
      'a RestError that reports the upstream',
      new RestError(502, 'bad_gateway', 'no'),
      502,
      'bad_gateway',
      undefined,
    ],
    ['a ClientError', new ClientError(405, 'no'), 405, 'bad_request', undefined],
    ['a PageError', new PageError(409, 'key.overtaken'), 409, 'bad_request', undefined],
    ['a RevokeError', new RevokeError(400, 'no'), 400, 'bad_request', undefined],
    ['a full queue', new UnavailableError('Too many.', 2), 503, 'internal_error', 'warn'],
    ['a body that is too large', withStatus(413), 413, 'bad_request', undefined],
    ['a malformed body', withStatus(400), 400, 'bad_request', undefined],
    ['a parser failure of the server', withStatus(500), 500, 'internal_error', 'error'],
    ['a status that is not a number', withStatus('400'), 500, 'internal_error', 'error'],
    ['a locked SQLite database', withCode('SQLITE_BUSY'), 503, 'internal_error', 'error'],
    ['a full disk', withCode('SQLITE_FULL'), 503, 'internal_error', 'error'],
    ['a lost PostgreSQL connection', withCode('POSTGRES_57P01'), 503, 'internal_error', 'error'],
    [
      'a row that was removed meanwhile',
      withCode('SQLITE_CONSTRAINT_FOREIGNKEY'),
      409,
      'bad_request',
      'warn',
    ],
    ['any other database error', withCode('SQLITE_ERROR'), 500, 'internal_error', 'error'],
    ['a programming error', new TypeError('x is undefined'), 500, 'internal_error', 'error'],
    ['a string', 'oops', 500, 'internal_error', 'error'],
    ['undefined', undefined, 500, 'internal_error', 'error'],
    ['null', null, 500, 'internal_error', 'error'],
  ] as const)('that is %s gets its status, code and log level', (_what, thrown, status, code, logLevel) => {
    const failure = failureOf(thrown);
    expect(failure).toMatchObject({ error: { status, code }, logLevel });
    expect(failure.cause).toBeInstanceOf(Error);
  });

  test.each(['SQLITE_ERROR', 'SQLITE_BUSY', 'SQLITE_CONSTRAINT_FOREIGNKEY', 'POSTGRES_23505'])(
    'with the database code %s tells neither the client nor the log the values of its query',
    (code) => {
      const { error, cause } = failureOf(withCode(code));
      for (const told of [error.message, cause.message, String(cause.stack)])
        expect(told).not.toContain('secret-hash');
    },
  );

  test('that is unexpected tells the client nothing about its cause', () => {
    expect(failureOf(new TypeError('/srv/store/secret.js failed')).error.message).toBe(
      'Something went wrong on this server. The log has the cause.',
    );
  });
});

describe('the REST form of an error', () => {
  test('keeps a RestError as it is', () => {
    const error = new RestError(401, 'woocommerce_rest_cannot_view', 'no');
    expect(asRestError(error)).toBe(error);
  });

  test('rejects with 503 and Retry-After when verification itself failed', () => {
    for (const thrown of [withCode('SQLITE_BUSY'), new TypeError('x'), withCode('SQLITE_ERROR')])
      expect(asRestError(failureOf(thrown).error)).toMatchObject({
        status: 503,
        code: 'rest_unavailable',
        headers: { 'Retry-After': '5' },
      });
  });

  test('names a body that a parser rejected', () => {
    expect(asRestError(failureOf(withStatus(415)).error)).toMatchObject({
      status: 415,
      code: 'rest_invalid_body',
    });
  });
});

describe('the revocation form of an error', () => {
  test.each([
    [413, 413],
    [415, 415],
    [400, 400],
    [418, 400],
  ])('turns the parser status %i into %i', (from, to) => {
    expect(asRevokeError(failureOf(withStatus(from)).error).status).toBe(to);
  });

  test('answers 503 with Retry-After for a failure of the server', () => {
    for (const thrown of [withCode('SQLITE_BUSY'), new TypeError('x')])
      expect(asRevokeError(failureOf(thrown).error)).toMatchObject({
        status: 503,
        headers: { 'Retry-After': '5' },
      });
  });
});
