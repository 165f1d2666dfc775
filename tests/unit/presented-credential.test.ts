import { readRequest, type AuthRequest } from '../../server/key-authentication/auth-request';
import { presentedCredential } from '../../server/key-authentication/presented-credential';
import { authRequest, basic, KEY, PATH, SECRET } from './oauth-fixtures';

const present = (over: Partial<AuthRequest>) => presentedCredential(readRequest(authRequest(over)));
const inQuery = `${PATH}?consumer_key=${KEY}&consumer_secret=${SECRET}`;
const five =
  'oauth_consumer_key=k&oauth_timestamp=1&oauth_nonce=n&oauth_signature=s&oauth_signature_method=m';
const fiveInHeader = `OAuth ${five
  .split('&')
  .map((pair) => pair.replace('=', '="') + '"')
  .join(', ')}`;
const form = { method: 'POST', contentType: 'application/x-www-form-urlencoded' };
const plain = (via: string, consumerKey = KEY, consumerSecret = SECRET) => ({
  kind: 'plain',
  via,
  consumerKey,
  consumerSecret,
});

describe('which credential counts (protocol 3.1)', () => {
  test.each<[string, Partial<AuthRequest>, object]>([
    ['nothing is none', {}, { kind: 'none' }],
    ['key and secret in the query', { target: inQuery }, plain('query')],
    ['HTTP Basic', { authorization: basic(KEY, SECRET) }, plain('basic')],
    [
      'the scheme Basic is case-insensitive',
      { authorization: basic(KEY, SECRET).replace('Basic', 'bAsIc') },
      plain('basic'),
    ],
    ['a secret may hold a colon', { authorization: basic(KEY, 'a:b') }, plain('basic', KEY, 'a:b')],
    ['the query beats Basic', { target: inQuery, authorization: basic(KEY, 'other') }, plain('query')],
    [
      'a query key without secret leaves it to Basic',
      { target: `${PATH}?consumer_key=${KEY}`, authorization: basic(KEY, SECRET) },
      plain('basic'),
    ],
    [
      'a query secret that is empty leaves it to Basic',
      { target: `${PATH}?consumer_key=${KEY}&consumer_secret=`, authorization: basic('a', 'b') },
      plain('basic', 'a', 'b'),
    ],
    [
      'a query secret of 0 is empty',
      { target: `${PATH}?consumer_key=${KEY}&consumer_secret=0` },
      { kind: 'none' },
    ],
    ['a query key alone is none', { target: `${PATH}?consumer_key=${KEY}` }, { kind: 'none' }],
    [
      'arrays are no credential',
      { target: `${PATH}?consumer_key[]=${KEY}&consumer_secret[]=${SECRET}` },
      { kind: 'none' },
    ],
    [
      'a secret that is an array is none',
      { target: `${PATH}?consumer_key=${KEY}&consumer_secret[]=${SECRET}` },
      { kind: 'none' },
    ],
    [
      'a body is no place for a key and secret',
      { ...form, formBody: `consumer_key=${KEY}&consumer_secret=${SECRET}` },
      { kind: 'none' },
    ],
    ['an empty Authorization header is none', { authorization: '' }, { kind: 'none' }],
    ['Bearer with key and secret is taken', { authorization: `Bearer ${KEY}.${SECRET}` }, plain('bearer')],
    ['a Bearer token of another kind is none', { authorization: 'Bearer eyJh.eyJz.c2ln' }, { kind: 'none' }],
    [
      'Bearer over plain HTTP is insecure',
      { secure: false, authorization: `Bearer ${KEY}.${SECRET}` },
      { kind: 'insecure', via: 'bearer' },
    ],
    [
      'Basic without a colon is none',
      { authorization: `Basic ${Buffer.from(KEY).toString('base64')}` },
      { kind: 'none' },
    ],
    ['Basic with bad base64 is none', { authorization: 'Basic ***' }, { kind: 'none' }],
    ['Basic with nothing is none', { authorization: 'Basic ' }, { kind: 'none' }],
    ['Basic with an empty name is none', { authorization: basic('', SECRET) }, { kind: 'none' }],
    ['Basic with an empty password is none', { authorization: basic(KEY, '') }, { kind: 'none' }],
    [
      'Basic over plain HTTP is insecure',
      { secure: false, authorization: basic(KEY, SECRET) },
      { kind: 'insecure', via: 'basic' },
    ],
    [
      'key and secret in the query over plain HTTP are insecure',
      { secure: false, target: inQuery },
      { kind: 'insecure', via: 'query' },
    ],
    [
      'the header scheme must be written exactly OAuth',
      { authorization: fiveInHeader.replace('OAuth', 'oauth') },
      { kind: 'none' },
    ],
    [
      'a plain credential over TLS beats OAuth',
      { target: `${PATH}?${five}`, authorization: basic(KEY, SECRET) },
      plain('basic'),
    ],
    [
      'a query that is empty in all five is none',
      { target: `${PATH}?oauth_consumer_key=&oauth_nonce=0` },
      { kind: 'none' },
    ],
    [
      'one of the five alone is incomplete, the rest is named in order',
      { target: `${PATH}?oauth_signature=s` },
      {
        kind: 'oauth-incomplete',
        missing: ['oauth_consumer_key', 'oauth_timestamp', 'oauth_nonce', 'oauth_signature_method'],
      },
    ],
    [
      '0 counts as missing',
      { target: `${PATH}?${five.replace('nonce=n', 'nonce=0')}` },
      { kind: 'oauth-incomplete', missing: ['oauth_nonce'] },
    ],
    [
      'an array counts as missing',
      { target: `${PATH}?${five.replace('timestamp', 'timestamp[0]')}` },
      { kind: 'oauth-incomplete', missing: ['oauth_timestamp'] },
    ],
    [
      'an incomplete OAuth over plain HTTP is named before a Basic credential',
      { secure: false, target: `${PATH}?oauth_nonce=n`, authorization: basic(KEY, SECRET) },
      { kind: 'oauth-incomplete' },
    ],
  ])('%s', (_, request, expected) => {
    expect(present(request)).toMatchObject(expected);
  });

  test.each<[string, Partial<AuthRequest>, string[]]>([
    ['the query', { target: `${PATH}?${five}` }, ['query']],
    ['the header', { authorization: fiveInHeader }, ['header']],
    ['a header without spaces', { authorization: fiveInHeader.replaceAll(', ', ',') }, ['header']],
    ['a header without quotation marks', { authorization: fiveInHeader.replaceAll('"', '') }, ['header']],
    [
      'a header with a realm',
      { authorization: fiveInHeader.replace('OAuth ', 'OAuth realm="oauth_nonce=x, y", ') },
      ['header'],
    ],
    ['a form body', { ...form, formBody: five }, ['body']],
    [
      'the form body of a PUT',
      {
        ...form,
        method: 'PUT',
        contentType: 'Application/X-WWW-Form-Urlencoded; charset=utf-8',
        formBody: five,
      },
      ['body'],
    ],
    [
      'the header before the query',
      { authorization: fiveInHeader, target: `${PATH}?${five.replaceAll(/=\w/g, '=bad')}` },
      ['header'],
    ],
    [
      'the header and, for what it lacks, the query',
      { authorization: 'OAuth oauth_nonce="n"', target: `${PATH}?${five}` },
      ['header', 'query'],
    ],
    [
      'plain HTTP, where Basic does not count',
      { secure: false, authorization: basic(KEY, SECRET), target: `${PATH}?${five}` },
      ['query'],
    ],
  ])('the five OAuth parameters are read from %s', (_, request, places) => {
    const credential = present(request);
    expect(credential).toMatchObject({
      kind: 'oauth',
      parameters: {
        oauth_consumer_key: 'k',
        oauth_timestamp: '1',
        oauth_nonce: 'n',
        oauth_signature: 's',
        oauth_signature_method: 'm',
      },
    });
    if (credential.kind === 'oauth') expect([...credential.places].sort()).toEqual([...places].sort());
  });

  test('a JSON body holds no parameters', () => {
    expect(present({ method: 'POST', contentType: 'application/json', formBody: five })).toEqual({
      kind: 'none',
    });
  });

  test('a header of a megabyte takes no time, whatever it holds', () => {
    const size = 1 << 20;
    const start = performance.now();
    for (const piece of ['oauth_', 'oauth_a="', 'oauth_a=,', '=', '"', ' , ', 'realm="oauth_nonce=x'])
      present({ authorization: `OAuth ${piece.repeat(size / piece.length)}` });
    present({ authorization: `Basic ${' '.repeat(size)}` });
    present({ authorization: `${' '.repeat(size)}x` });
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
