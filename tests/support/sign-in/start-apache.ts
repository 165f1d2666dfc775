import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCertificates } from '../http/certificates';
import {
  certificateFiles,
  filledIn,
  startProgram,
  type Replacements,
  type RunningProxy,
} from '../recipes/recipe';
import { freePort } from '../http/free-port';

const MODULES = '/usr/lib/apache2/modules';
const NAMES = [
  'mpm_event',
  'authn_core',
  'authz_core',
  'authz_user',
  'headers',
  'ssl',
  'socache_shmcb',
  'proxy',
].concat(['proxy_http', 'auth_openidc']);

/** Starts Debian's Apache with a recipe. It has no listener for plain HTTP. */
export async function startApache(
  recipe: string,
  { wcAuth, https }: { wcAuth: number; https: number },
  more: Replacements,
): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-apache-'));
  chmodSync(folder, 0o755);
  const files = certificateFiles(folder);
  const authority = join(folder, 'ca.crt');
  writeFileSync(authority, testCertificates().ca);
  const http = await freePort();
  const host = filledIn(recipe, [
    ['<VirtualHost *:443>', `<VirtualHost 127.0.0.1:${https}>`],
    ['/etc/ssl/shop.example.crt', files.cert],
    ['/etc/ssl/shop.example.key', files.key],
    ['https://shop.example', `https://127.0.0.1:${https}`],
    ['127.0.0.1:8080', `127.0.0.1:${wcAuth}`],
    ['    OIDCClientID store', `    OIDCCABundlePath ${authority}\n    OIDCClientID store`],
    ...more,
  ]);
  const config = join(folder, 'apache.conf');
  writeFileSync(
    config,
    [
      ...NAMES.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
      `ServerRoot ${folder}`,
      `ServerName 127.0.0.1`,
      `PidFile ${folder}/pid`,
      `DefaultRuntimeDir ${folder}`,
      `Mutex sem`,
      `ErrorLog ${folder}/error.log`,
      `User www-data`,
      `Group www-data`,
      `Listen 127.0.0.1:${https}`,
      `Listen 127.0.0.1:${http}`,
      host,
    ].join('\n'),
  );
  const proxy = await startProgram('apache2', ['-f', config, '-D', 'FOREGROUND'], {}, folder, {
    http,
    https,
  });
  // Apache cannot write to a socket, and Node's pipes are sockets.
  return { ...proxy, output: () => readFileSync(join(folder, 'error.log'), 'utf8') };
}
