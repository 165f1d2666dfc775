import type { Config, ConfigError } from '../config';
import { fixForSetting } from './fix-setting';
import { ok, problem, warning, type Finding } from './finding';

/** Addresses for documentation (RFC 5737, RFC 3849), which belong to no proxy. */
const STRANGERS = ['198.51.100.23', '2001:db8::23'];

/** Checks the settings without a connection. */
export function configurationFindings({
  warnings,
  trustsProxy,
  storeUrl,
}: Pick<Config, 'warnings' | 'trustsProxy' | 'storeUrl'>): Finding[] {
  const found = [
    ...warnings.map((line) => warning('configuration', line, fixForSetting(line))),
    ...(trustsEveryone(trustsProxy)
      ? [
          problem(
            'configuration',
            'TRUST_PROXY trusts every address, so any client can choose the address and the host that the server sees. Name only your own proxies.',
            'TRUST_PROXY=127.0.0.1',
          ),
        ]
      : []),
  ];
  return found.length > 0 ? found : [ok('configuration', `STORE_URL is ${storeUrl.href}.`)];
}

/** Returns the findings of an environment that cannot be used. Nothing else can be checked then. */
export const mistakeFindings = ({ problems }: ConfigError): Finding[] => [
  ...problems.map((line) => problem('configuration', line, fixForSetting(line))),
  warning(
    'configuration',
    'Other checks were skipped.',
    'Correct the configuration, and run this command again.',
  ),
];

/** Returns whether TRUST_PROXY trusts addresses that cannot be a proxy's. */
export const trustsEveryone = (trustsProxy: Config['trustsProxy']): boolean => STRANGERS.some(trustsProxy);
