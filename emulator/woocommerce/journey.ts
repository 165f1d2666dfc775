import { parsePhpParams, percentEncode } from '../../server/http/php-params';
import { addQueryArg, escUrlRaw, formattedUrl, isUrl, sanitizeRedirect, wcClean } from './wordpress';

// A connect URL's way through WooCommerce (includes/class-wc-auth.php). The parameters travel in a
// URL from each step to the next, and each step decodes them again. Values are byte strings.

export const PARAMETERS = ['app_name', 'user_id', 'return_url', 'callback_url', 'scope'] as const;
export type Parameter = (typeof PARAMETERS)[number];
/** A missing parameter is `''`. */
export type Parameters = Readonly<Record<Parameter, string>>;

/** Where a request ends in WooCommerce after Approve. */
export type Arrival =
  | { readonly rejected: string }
  | {
      /** The app's name in the list of keys. */
      readonly appName: string;
      /** The `user_id` that the callback receives. */
      readonly userId: string;
      /** The address that is called. */
      readonly called: string;
      /** The address that the browser is sent to. `''`: a blank page. */
      readonly returned: string;
    };

/** Returns where a request with these parameters ends, if the manager is signed in or not. */
export function arrivalOf(sent: Parameters, { signedIn }: { readonly signedIn: boolean }): Arrival {
  let parameters = sent;
  for (const pass of signedIn ? [toApprove] : [toSignIn, fromSignIn, toApprove]) {
    const rejected = rejectionOf(parameters);
    if (rejected !== undefined) return { rejected };
    parameters = parametersOf(pass(stepUrl(parameters)));
  }
  const rejected = rejectionOf(parameters);
  if (rejected !== undefined) return { rejected };
  const outcome = { success: '1', user_id: wcClean(parameters.user_id) };
  return {
    appName: wcClean(parameters.app_name),
    userId: parameters.user_id,
    called: escUrlRaw(formattedUrl(parameters.callback_url)),
    returned: sanitizeRedirect(escUrlRaw(addQueryArg(outcome, formattedUrl(parameters.return_url)))),
  };
}

/** Returns the first error of WooCommerce's validation, or `undefined`. */
export function rejectionOf(parameters: Parameters): string | undefined {
  for (const name of PARAMETERS)
    if (['', '0'].includes(parameters[name])) return `Missing parameter ${name}.`;
  if (!['read', 'write', 'read_write'].includes(parameters.scope))
    return `Invalid scope ${wcClean(parameters.scope)}.`;
  for (const name of ['return_url', 'callback_url'] as const) {
    const url = formattedUrl(parameters[name]);
    if (!isUrl(url)) return `The ${url} is not a valid URL.`;
  }
  return /^https:\/\//i.test(formattedUrl(parameters.callback_url))
    ? undefined
    : 'The callback_url needs to be over SSL.';
}

/** Returns the parameters of a connect URL's query. An array counts as missing. */
export function sentParameters(query: string): Parameters {
  return readParameters(Buffer.from(query, 'utf8').toString('latin1'));
}

// WC_Auth::build_url encodes the two URLs, but not the other parameters.
function stepUrl(parameters: Parameters): string {
  return addQueryArg(
    {
      app_name: wcClean(parameters.app_name),
      user_id: wcClean(parameters.user_id),
      return_url: percentEncode(formattedUrl(parameters.return_url)),
      callback_url: percentEncode(formattedUrl(parameters.callback_url)),
      scope: wcClean(parameters.scope),
    },
    'https://store.example/wc-auth/v1/step/',
  );
}

const toSignIn = (url: string) => sanitizeRedirect(escUrlRaw(url));
// The sign-in form has the address in a field, and removes its own error code from it.
const fromSignIn = (url: string) => sanitizeRedirect(addQueryArg({ wc_error: undefined }, escUrlRaw(url)));
const toApprove = (url: string) => addQueryArg({ wc_auth_nonce: '0123456789' }, url);

/** Returns the parameters that the next step receives. A browser does not send the fragment. */
function parametersOf(url: string): Parameters {
  return readParameters(/\?([^#]*)/.exec(url)?.[1] ?? '');
}

function readParameters(query: string): Parameters {
  const params = parsePhpParams(query);
  const read = (name: Parameter) => {
    const value = params.get(name);
    return typeof value === 'string' ? value : '';
  };
  return {
    app_name: read('app_name'),
    user_id: read('user_id'),
    return_url: read('return_url'),
    callback_url: read('callback_url'),
    scope: read('scope'),
  };
}
