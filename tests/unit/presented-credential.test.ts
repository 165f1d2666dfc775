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

describe('the credential that a request presents (protocol 3.1)', () => {
  test.each<[string, Partial<AuthRequest>, object]>([
    ['a request without a credential has none', {}, { kind: 'none' }],
    ['key and secret in the query', { target: inQuery }, plain('query')],
    ['HTTP Basic', { authorization: basic(KEY, SECRET) }, plain('basic')],
    [
      'the scheme Basic is case-insensitive',
      { authorization: basic(KEY, SECRET).replace('Basic', 'bAsIc') },
      plain('basic'),
    ],
    ['a secret may contain a colon', { authorization: basic(KEY, 'a:b') }, plain('basic', KEY, 'a:b')],
    [
      'the query is preferred to Basic',
      { target: inQuery, authorization: basic(KEY, 'other') },
      plain('query'),
    ],
    [
      'a query key without secret falls back to Basic',
      { target: `${PATH}?consumer_key=${KEY}`, authorization: basic(KEY, SECRET) },
      plain('basic'),
    ],
    [
      'a query secret that is empty falls back to Basic',
      { target: `${PATH}?consumer_key=${KEY}&consumer_secret=`, authorization: basic('a', 'b') },
      plain('basic', 'a', 'b'),
    ],
    [
      'a query secret of 0 is empty',
      { target: `${PATH}?consumer_key=${KEY}&consumer_secret=0` },
      { kind: 'none' },
    ],
    ['a query key alone is not a credential', { target: `${PATH}?consumer_key=${KEY}` }, { kind: 'none' }],
    [
      'arrays are not a credential',
      { target: `${PATH}?consumer_key[]=${KEY}&consumer_secret[]=${SECRET}` },
      { kind: 'none' },
    ],
    [
      'a secret that is an array is not a credential',
      { target: `${PATH}?consumer_key=${KEY}&consumer_secret[]=${SECRET}` },
      { kind: 'none' },
    ],
    [
      'a key and secret in a body are not a credential',
      { ...form, formBody: `consumer_key=${KEY}&consumer_secret=${SECRET}` },
      { kind: 'none' },
    ],
    ['an empty Authorization header is not a credential', { authorization: '' }, { kind: 'none' }],
    ['Bearer with key and secret is accepted', { authorization: `Bearer ${KEY}.${SECRET}` }, plain('bearer')],
    [
      'a Bearer token of another kind is not a credential',
      { authorization: 'Bearer eyJh.eyJz.c2ln' },
      { kind: 'none' },
    ],
    [
      'Bearer over plain HTTP is insecure',
      { secure: false, authorization: `Bearer ${KEY}.${SECRET}` },
      { kind: 'insecure', via: 'bearer' },
    ],
    [
      'Basic without a colon is not a credential',
      { authorization: `Basic ${Buffer.from(KEY).toString('base64')}` },
      { kind: 'none' },
    ],
    ['Basic with bad base64 is not a credential', { authorization: 'Basic ***' }, { kind: 'none' }],
    ['Basic with nothing is not a credential', { authorization: 'Basic ' }, { kind: 'none' }],
    ['Basic with an empty name is not a credential', { authorization: basic('', SECRET) }, { kind: 'none' }],
    ['Basic with an empty password is not a credential', { authorization: basic(KEY, '') }, { kind: 'none' }],
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
      'a plain credential over TLS is preferred to OAuth',
      { target: `${PATH}?${five}`, authorization: basic(KEY, SECRET) },
      plain('basic'),
    ],
    [
      'a query that is empty in all five is not a credential',
      { target: `${PATH}?oauth_consumer_key=&oauth_nonce=0` },
      { kind: 'none' },
    ],
    [
      'one of the five alone is incomplete, and the missing ones are named in order',
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
  ])('follows the rule: %s', (_, request, expected) => {
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
      'the header and, for missing ones, the query',
      { authorization: 'OAuth oauth_nonce="n"', target: `${PATH}?${five}` },
      ['header', 'query'],
    ],
    [
      'the query over plain HTTP, which excludes Basic',
      { secure: false, authorization: basic(KEY, SECRET), target: `${PATH}?${five}` },
      ['query'],
    ],
  ])('has the five OAuth parameters from %s', (_, request, places) => {
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

  test('is not read from a JSON body', () => {
    expect(present({ method: 'POST', contentType: 'application/json', formBody: five })).toEqual({
      kind: 'none',
    });
  });

  test('is read from a header of a megabyte in linear time', () => {
    const size = 1 << 20;
    const start = performance.now();
    for (const piece of ['oauth_', 'oauth_a="', 'oauth_a=,', '=', '"', ' , ', 'realm="oauth_nonce=x'])
      present({ authorization: `OAuth ${piece.repeat(size / piece.length)}` });
    present({ authorization: `Basic ${' '.repeat(size)}` });
    present({ authorization: `${' '.repeat(size)}x` });
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
