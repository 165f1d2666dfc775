import type { Warning } from '../store';

interface Declaration {
  readonly severity: Warning['severity'];
  /** When the store warns, for docs/testing.md. */
  readonly when: string;
  readonly help: string;
}

const breaks = (when: string, help: string): Declaration => ({ severity: 'breaks', when, help });
const code = (when: string, help: string): Declaration => ({ severity: 'code', when, help });

const ENCODE_ONCE = 'letters, digits, `-`, `.`, `_` and `:`';

/** Every warning of the test kit. docs/differences.md names the row that each belongs to. */
export const WARNINGS = {
  'user-id-changed': breaks(
    'the `user_id` does not reach the app as it was sent',
    `Send a user_id of ${ENCODE_ONCE} only, such as a UUID or base64url without padding.`,
  ),
  'app-name-changed': breaks(
    'the `app_name` is cut or changed, or ends the grant',
    'Use an app_name without &, #, +, < and percent signs.',
  ),
  'app-name-invisible': code(
    'the `app_name` has invisible characters, which WooCommerce shows',
    'Remove the invisible characters from the app_name.',
  ),
  'return-url-rejected': breaks(
    'the `return_url` is not a valid URL after WooCommerce has decoded it again',
    'Keep spaces, plus signs, letters beyond ASCII and percent-encoding out of the return_url. Keep state in your app, under a random user_id.',
  ),
  'return-url-changed': breaks(
    'the browser comes back with other parameters or at another address',
    'Keep percent-encoded values out of the return_url. Keep state in your app, under a random user_id.',
  ),
  'return-url-app-scheme': breaks(
    "the `return_url` has an app's own scheme, after which WooCommerce shows a blank page",
    'Use an https return_url that opens the app (an app link or universal link), or a page of yours that does.',
  ),
  'callback-url-rejected': breaks(
    'the `callback_url` is not a valid URL after WooCommerce has decoded it again',
    'Keep spaces, plus signs, letters beyond ASCII and percent-encoding out of the callback_url.',
  ),
  'callback-url-changed': breaks(
    'WooCommerce calls another address or sends other parameters',
    'Keep percent-encoded values out of the callback_url. The user_id tells your app whose key it is.',
  ),
  'callback-url-port': breaks(
    'the `callback_url` has a port other than 80, 443 and 8080',
    'Receive the callback on port 443.',
  ),
  'callback-url-ipv6': breaks(
    'the host of the `callback_url` is an IPv6 address',
    'Use a host name in the callback_url.',
  ),
  'callback-address': code(
    'the `callback_url` names an address that is not public',
    'Use a public host name in production. For a local test, a tunnel gives you one.',
  ),
  'callback-redirect': breaks(
    'the callback answers with a redirect, which WooCommerce follows, also to plain http',
    'Answer 200 at the callback_url itself.',
  ),
  'callback-failure': code(
    'the callback fails for a reason that WooCommerce words differently',
    'Do not match the text of the failure page.',
  ),
  'url-accepted-there': code(
    'this store rejects a URL that WooCommerce accepts',
    'Use an https URL without a user name and password.',
  ),
  'error-text': code(
    'the text about a rejected value differs',
    'Do not match the value in the text of an error.',
  ),
  'parameters-too-large': code(
    'the parameters are larger than 15 KiB',
    'Keep state in your app, under a short user_id.',
  ),
  bearer: breaks(
    'the key is in an `Authorization: Bearer` header',
    'Send the key with HTTP Basic over https, or sign with OAuth 1.0a.',
  ),
  'signature-rfc5849': breaks(
    'the signature follows RFC 5849 where WooCommerce does not',
    'Use a client library for WooCommerce. It sorts parameters by name before it encodes them, signs the last of equal names, and leaves the form of a PUT unsigned.',
  ),
  'signature-url': breaks(
    'the signature covers another URL than the one that WooCommerce expects',
    'Request and sign the same URL, such as https://shop.example/wp-json/wc/v3/orders.',
  ),
  preflight: breaks(
    'a browser asks first with OPTIONS whether it may send a signed request',
    'Call the API from your server. A key in a browser is public.',
  ),
  'unknown-key': code(
    'an unknown key comes with HTTP Basic or in the query',
    'Do not match the message. A 401 can mean an unknown key.',
  ),
  'plain-http': code('a key and secret come over plain http', 'Use https, or sign with OAuth 1.0a.'),
  'no-credential': code(
    'a request has no credential',
    'Send the credential with the first request. WooCommerce does not send WWW-Authenticate, so a client that waits for it never sends the key.',
  ),
  'method-override': code(
    'the key allows the overriding method, but not the real one',
    'Use a key that allows both methods, or send the real method.',
  ),
  timestamp: code('an OAuth timestamp has more than digits', 'Send whole seconds since 1970.'),
  nonce: code(
    'an OAuth nonce is used again after another one of the same second',
    'Make a new random nonce for each request.',
  ),
  'owner-not-manager': code(
    "the key's owner is not a manager any more",
    'Treat a 403 from any route as a lost permission.',
  ),
  'too-many-failures': code(
    'too many wrong keys came from one address',
    'Stop after the first 401, and ask the merchant to connect again.',
  ),
  'form-too-large': code('a form is larger than this store reads', 'Send JSON.'),
} as const satisfies Readonly<Record<string, Declaration>>;

export type WarningCode = keyof typeof WARNINGS;

/** Returns the warning of a code, with what WooCommerce does in this case. */
export function warning(code: WarningCode, message: string, parameter?: string): Warning {
  const { severity, help } = WARNINGS[code];
  return { code, severity, ...(parameter === undefined ? {} : { parameter }), message, help };
}
