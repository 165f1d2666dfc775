import { lookup } from 'node:dns';
import { ConfigError, type Config } from '../config';
import { mistakeFindings } from '../doctor/check-configuration';
import { examine } from '../doctor/doctor';
import type { Finding } from '../doctor/finding';
import { secretFiles } from '../doctor/secret-files';
import { loadLanguages } from '../pages/languages';
import { packageVersion } from '../version';
import { storeConfig } from './store-context';

/**
 * Examines the installation that the environment names. Mistakes in the environment are findings
 * too.
 */
export async function doctorFindings({
  offline,
  quiet,
}: {
  offline: boolean;
  quiet: boolean;
}): Promise<Finding[]> {
  let config: Config;
  try {
    config = storeConfig({ quiet, warn: false });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return mistakeFindings(error);
  }
  return examine({
    config,
    trustProxy: process.env['TRUST_PROXY'] ?? '',
    offline,
    version: packageVersion(),
    messages: loadLanguages().standard,
    lookup,
    secretFiles: secretFiles({ settings: '.env', tlsKey: process.env['TLS_KEY_FILE'] }),
    now: Date.now,
  });
}
