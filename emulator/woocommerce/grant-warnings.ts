import { parseCallbackUrl, parseReturnUrl } from '../../server/callback-delivery/urls';
import { nonPublicRange } from '../../server/callback-delivery/non-public-range';
import { shownAppName } from '../../server/grant/shown-app-name';
import { visibleText } from '../../server/http/visible-text';
import { utf8 } from '../../server/http/php-params';
import type { Warning } from '../store';
import {
  arrivalOf,
  PARAMETERS,
  rejectionOf,
  sentParameters,
  type Arrival,
  type Parameter,
  type Parameters,
} from './journey';
import { isSameUrl, parameterOf, withoutOutcome } from './same-url';
import { warning, type WarningCode } from './warning-list';

const PLAIN: Parameters = {
  app_name: 'App',
  user_id: '1',
  return_url: 'https://app.example/return',
  callback_url: 'https://app.example/callback',
  scope: 'read',
};
const PARAMETERS_MAX = 15 * 1024;

/**
 * Returns what WooCommerce would do differently about a connect URL.
 *
 * @param query the raw query of the URL, without the question mark
 */
export function grantWarnings(query: string): Warning[] {
  const sent = sentParameters(query);
  // A value that PHP takes for empty is missing here too.
  const filled = PARAMETERS.filter((name) => !['', '0'].includes(sent[name]));
  const warnings = filled.flatMap((name) => CHECKS[name](sent[name]));
  if (query.length <= PARAMETERS_MAX) return warnings;
  return [
    ...warnings,
    warning('parameters-too-large', 'WooCommerce has no limit of its own. This store answers 413.'),
  ];
}

const CHECKS: Readonly<Record<Parameter, (value: string) => Warning[]>> = {
  app_name: checkAppName,
  user_id: checkUserId,
  return_url: checkReturnUrl,
  callback_url: checkCallbackUrl,
  scope: (value) => {
    const message = rejectionOf({ ...PLAIN, scope: value });
    return message === undefined ? [] : errorText('scope', message, `Invalid scope ${value}.`);
  },
};

/** Returns where a value ends, for a manager who has to sign in and for one who is signed in. */
function arrivals(name: Parameter, value: string): readonly [Arrival, Arrival] {
  const parameters = { ...PLAIN, [name]: value };
  return [arrivalOf(parameters, { signedIn: false }), arrivalOf(parameters, { signedIn: true })];
}

function firstRejection(both: readonly Arrival[]): string | undefined {
  return both.flatMap((arrival) => ('rejected' in arrival ? [arrival.rejected] : []))[0];
}

function checkUserId(value: string): Warning[] {
  const both = arrivals('user_id', value);
  const error = firstRejection(both);
  if (error !== undefined) return [endsThere('user-id-changed', 'user_id', value, error)];
  for (const arrival of both) {
    if ('rejected' in arrival) continue;
    if (arrival.userId !== value)
      return [
        changed('user-id-changed', 'user_id', value, `sends ${quoted(arrival.userId)} to the callback`),
      ];
    const returned = parameterOf(arrival.returned, 'user_id');
    if (returned !== value)
      return [changed('user-id-changed', 'user_id', value, `adds ${quoted(returned)} to the return_url`)];
  }
  return [];
}

function checkAppName(value: string): Warning[] {
  const both = arrivals('app_name', value);
  const error = firstRejection(both);
  if (error !== undefined) return [endsThere('app-name-changed', 'app_name', value, error)];
  const text = utf8(value) ?? '';
  const warnings =
    visibleText(text) === text
      ? []
      : [
          warning(
            'app-name-invisible',
            `WooCommerce shows the app_name ${quoted(value)} with its invisible characters. This store removes them.`,
            'app_name',
          ),
        ];
  // WooCommerce removes tags and the spaces around, as this store does.
  const here = shownAppName(text);
  const other = both.find(
    (arrival) => !('rejected' in arrival) && shownAppName(utf8(arrival.appName) ?? '') !== here,
  );
  if (!other || 'rejected' in other) return warnings;
  return [
    ...warnings,
    changed('app-name-changed', 'app_name', value, `calls the app ${quoted(other.appName)}`),
  ];
}

function checkReturnUrl(value: string): Warning[] {
  const ours = parseReturnUrl(utf8(value) ?? '');
  const both = arrivals('return_url', value);
  const error = firstRejection(both);
  if (ours === undefined) return rejectedHere('return_url', value, error);
  if (error !== undefined) return [endsThere('return-url-rejected', 'return_url', value, error)];
  for (const arrival of both) {
    if ('rejected' in arrival) continue;
    if (arrival.returned === '')
      return [
        changed(
          'return-url-app-scheme',
          'return_url',
          value,
          'shows a blank page after Approve, and its Deny link is empty',
        ),
      ];
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(ours))
      return [
        changed(
          'return-url-app-scheme',
          'return_url',
          value,
          `puts https:// before it and sends the browser to ${quoted(arrival.returned)}`,
        ),
      ];
    if (!isSameUrl(withoutOutcome(arrival.returned), withoutOutcome(bytesOf(ours))))
      return [
        changed(
          'return-url-changed',
          'return_url',
          value,
          `sends the browser to ${quoted(arrival.returned)}`,
        ),
      ];
  }
  return [];
}

function checkCallbackUrl(value: string): Warning[] {
  const ours = parseCallbackUrl(utf8(value) ?? '');
  const both = arrivals('callback_url', value);
  const error = firstRejection(both);
  if (ours === 'not-a-url' || ours === 'not-https')
    return rejectedHere('callback_url', value, error, ours === 'not-https');
  if (error !== undefined) return [endsThere('callback-url-rejected', 'callback_url', value, error)];
  const warnings = hostWarnings(ours);
  const other = both.find((arrival) => !('rejected' in arrival) && !isSameUrl(arrival.called, bytesOf(ours)));
  if (!other || 'rejected' in other) return warnings;
  return [
    ...warnings,
    changed('callback-url-changed', 'callback_url', value, `calls ${quoted(other.called)}`),
  ];
}

/** Checks what `wp_http_validate_url` checks before the callback is called. */
function hostWarnings(url: string): Warning[] {
  const { hostname, port } = new URL(url);
  const refused = 'After Approve, WooCommerce rejects it with `A valid URL was not provided.`';
  const warnings: Warning[] = [];
  if (!['', '80', '443', '8080'].includes(port))
    warnings.push(
      warning('callback-url-port', `The callback_url has port ${port}. ${refused}`, 'callback_url'),
    );
  if (hostname.startsWith('[')) {
    warnings.push(
      warning(
        'callback-url-ipv6',
        `The callback_url has the IPv6 address ${hostname}. ${refused}`,
        'callback_url',
      ),
    );
  } else if (isNotPublic(hostname)) {
    const there = /^(?:localhost|127\.|10\.|0\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.)/.test(hostname);
    const message = there ? refused : 'WooCommerce calls it. This store rejects it before the consent page.';
    warnings.push(
      warning(
        'callback-address',
        `The callback_url names ${hostname}, which is not public. ${message}`,
        'callback_url',
      ),
    );
  }
  return warnings;
}

function isNotPublic(hostname: string): boolean {
  return hostname === 'localhost' || (/^[\d.]+$/.test(hostname) && nonPublicRange(hostname) !== undefined);
}

function rejectedHere(
  name: 'return_url' | 'callback_url',
  value: string,
  error: string | undefined,
  isUrl = false,
): Warning[] {
  if (error !== undefined)
    return errorText(
      name,
      error,
      isUrl ? 'The callback_url needs to be over SSL.' : `The ${value} is not a valid URL.`,
    );
  const message = `WooCommerce accepts the ${name} ${quoted(value)}. This store rejects it.`;
  return [warning('url-accepted-there', message, name)];
}

function errorText(name: Parameter, there: string, here: string): Warning[] {
  // A page shows white space as one space.
  const [one, other] = [there, here].map((text) => text.replace(/\s+/g, ' '));
  return one === other && here.length < 200
    ? []
    : [warning('error-text', `WooCommerce answers ${quoted(`Error: ${there}`)}.`, name)];
}

const endsThere = (code: WarningCode, name: Parameter, value: string, error: string) =>
  warning(
    code,
    `WooCommerce ends the grant because of the ${name} ${quoted(value)}: ${quoted(`Error: ${error}`)}.`,
    name,
  );

const changed = (code: WarningCode, name: Parameter, value: string, does: string) =>
  warning(code, `For the ${name} ${quoted(value)}, WooCommerce ${does}.`, name);

/** Returns a byte string as text in quotes, at most 300 characters of it. */
function quoted(bytes: string): string {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return `\`${text.length > 300 ? `${text.slice(0, 300)}…` : text}\``;
}

const bytesOf = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
