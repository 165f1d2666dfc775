import { parseReturnUrl } from '../../server/callback-delivery/urls';
import { ownPath } from '../../server/http/own-path';
import { parseStoreUrl } from '../../server/http/store-url';

// Regression: on Node 20 the optimized URL.canParse misreads one-byte strings with letters beyond
// ASCII.
const WARM_UP = 20_000;

test('accepts a host with letters beyond ASCII on a server that has run for a while', () => {
  for (let n = 0; n < WARM_UP; n++) parseReturnUrl('https://b\u00fccher.example/path');
  expect(parseReturnUrl('https://b\u00fccher.example/path')).toBe('https://b\u00fccher.example/path');
});

test('rejects an invalid URL without an exception on a server that has run for a while', () => {
  const store = parseStoreUrl('http://localhost:8080')!;
  for (let n = 0; n < WARM_UP; n++) ownPath('/keys', store);
  expect(parseReturnUrl('https://\u00e1\u00b4\u00a7.example/')).toBeUndefined();
  expect(ownPath('//\u00e1\u00b4\u00a7.example/', store)).toBeUndefined();
});
