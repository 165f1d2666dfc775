import { lookup } from 'node:dns';
import { ConfigError, type Config } from '../config';
import { examine } from '../doctor/doctor';
import { problem, type Finding } from '../doctor/finding';
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
    config = storeConfig({ quiet });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((line) => problem('configuration', line));
  }
  return examine({
    config,
    trustProxy: process.env['TRUST_PROXY'] ?? '',
    offline,
    version: packageVersion(),
    messages: loadLanguages().standard,
    lookup,
    now: Date.now,
  });
}
