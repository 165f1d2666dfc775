import {
  parseCallbackUrl,
  parseReturnUrl,
  type CallbackUrl,
  type ReturnUrl,
} from '../callback-delivery/urls';
import { isPermissions, type Permissions } from '../consumer-keys/consumer-key';
import { WcAuthError } from '../errors/http-errors';
import type { MessageText } from '../errors/message-text';
import { utf8 } from '../http/php-params';
import type { RequestParams } from '../http/request-params';
import { repeated } from '../http/visible-text';

interface Declaration<Property extends string, Value> {
  /** Its name in {@link GrantParameters}. */
  readonly as: Property;
  /** Its column in the table `grant_requests`. */
  readonly column: string;
  /** WooCommerce checks the values in this order, once all five are there. */
  readonly checked: number;
  /** @throws WcAuthError if the value is invalid. */
  readonly parse: (value: string) => Value;
}

const declare = <const Property extends string, Value>(declaration: Declaration<Property, Value>) =>
  declaration;
const anyText = (value: string) => value;

/**
 * The five parameters of a grant by their name, which is the same in the query, in the form and on
 * the consent page. WooCommerce looks for missing parameters in this order.
 */
const DECLARATIONS = {
  app_name: declare({ as: 'appName', column: 'app_name', checked: 4, parse: anyText }),
  user_id: declare({ as: 'appUserId', column: 'app_user_id', checked: 5, parse: anyText }),
  return_url: declare({ as: 'returnUrl', column: 'return_url', checked: 2, parse: returnUrlOf }),
  callback_url: declare({ as: 'callbackUrl', column: 'callback_url', checked: 3, parse: callbackUrlOf }),
  scope: declare({ as: 'scope', column: 'scope', checked: 1, parse: scopeOf }),
};

export type GrantParameter = keyof typeof DECLARATIONS;
export const GRANT_PARAMETERS = Object.keys(DECLARATIONS) as GrantParameter[];
const IN_ORDER_OF_CHECKS = GRANT_PARAMETERS.toSorted(
  (a, b) => DECLARATIONS[a].checked - DECLARATIONS[b].checked,
);

type Parsed = {
  readonly [Name in GrantParameter as (typeof DECLARATIONS)[Name]['as']]: ReturnType<
    (typeof DECLARATIONS)[Name]['parse']
  >;
};

/** The columns that store the parameters, in the order of {@link GRANT_PARAMETERS}. */
export const GRANT_COLUMNS = GRANT_PARAMETERS.map((name) => DECLARATIONS[name].column);

/** The five values as they were sent. The same checks apply to those of a consent page. */
export type AsSent = Readonly<Record<GrantParameter, string>>;

/** The five parameters after all checks. */
export interface GrantParameters extends Parsed {
  /** The values as they were sent, for the redirects and the consent page's form. */
  readonly asSent: AsSent;
}

/**
 * Reads and checks the five parameters of a request, for GET and POST and for all routes of the
 * grant. The order of the checks and their texts are those of WooCommerce.
 *
 * @throws WcAuthError for the first check that fails.
 */
export function parseGrantParameters(params: RequestParams): GrantParameters {
  return checkGrantParameters(asSentOf((name) => oneString(params, name)));
}

/**
 * Returns the five values that `read` returns for the names, read in the order of {@link
 * GRANT_PARAMETERS}.
 */
const asSentOf = (read: (name: GrantParameter) => string): AsSent =>
  Object.fromEntries(GRANT_PARAMETERS.map((name) => [name, read(name)])) as AsSent;

/** Returns the parameters in a row of the table `grant_requests`. */
export const asStored = (row: Readonly<Record<string, unknown>>): AsSent =>
  asSentOf((name) => String(row[DECLARATIONS[name].column]));

/**
 * Checks the values as WooCommerce does.
 * @throws WcAuthError for the first check that fails.
 */
export function checkGrantParameters(asSent: AsSent): GrantParameters {
  const parsed = IN_ORDER_OF_CHECKS.map((name) => {
    const { as, parse } = DECLARATIONS[name];
    return [as, parse(asSent[name])];
  });
  return { ...(Object.fromEntries(parsed) as Parsed), asSent };
}

/**
 * Returns a parameter's value. Like WooCommerce 11.1, it makes both checks before the next
 * parameter (protocol 2.1).
 */
function oneString(params: RequestParams, name: GrantParameter): string {
  const value = params.get(name);
  // PHP's `empty()`: absent, `""` and `"0"`.
  if (value === undefined || value === '' || value === '0')
    throw new WcAuthError(`Missing parameter ${name}.`, explained(`parameter.missing.${name}`));
  // Bytes that are not UTF-8, and NUL, could not come back as they were sent.
  const text = typeof value === 'string' ? utf8(value) : undefined;
  if (text === undefined || text.includes('\0'))
    throw new WcAuthError(`Invalid parameter ${name}.`, explained('parameter.not_one_text', { name }));
  return text;
}

function scopeOf(value: string): Permissions {
  if (!isPermissions(value))
    throw new WcAuthError(`Invalid scope ${repeated(value)}.`, explained('parameter.value.scope'));
  return value;
}

function returnUrlOf(value: string): ReturnUrl {
  const url = parseReturnUrl(value);
  if (url === undefined) throw notAUrl(value, 'parameter.value.return_url');
  return url;
}

function callbackUrlOf(value: string): CallbackUrl {
  const url = parseCallbackUrl(value);
  if (url === 'not-a-url') throw notAUrl(value, 'parameter.value.callback_url');
  if (url === 'not-https')
    throw new WcAuthError(
      'The callback_url needs to be over SSL.',
      explained('parameter.callback_url_not_https'),
    );
  return url;
}

const notAUrl = (value: string, key: string) =>
  new WcAuthError(`The ${repeated(value)} is not a valid URL.`, explained(key));

/** The second line of the page. WooCommerce has none. It repeats nothing of what was sent. */
const explained = (key: string, values: MessageText['values'] = {}) => ({ explanation: { key, values } });

/** Returns the five parameters as a query, to pass them from one route to the next. */
export function grantQuery({ asSent }: Pick<GrantParameters, 'asSent'>): string {
  return GRANT_PARAMETERS.map((name) => `${name}=${encodeURIComponent(asSent[name])}`).join('&');
}
