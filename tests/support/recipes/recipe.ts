import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { testCertificates } from '../http/certificates';
import { connect } from '../http/raw-http';
import { freePort } from '../http/free-port';
import { eventually } from '../scenes/rest-scene';

// The recipes of docs/ run as they are on the page. The tests only insert addresses, ports and
// certificates.

export interface RecipePorts {
  readonly http: number;
  readonly https: number;
  readonly wcAuth: number;
  /** Unset for a recipe without an API. */
  readonly api?: number | undefined;
}

export interface RunningProxy {
  readonly http: string;
  readonly https: string;
  /** Its output to stdout and stderr. */
  output(): string;
  stop(): Promise<void>;
}

export type Replacements = readonly (readonly [string, string])[];

/**
 * Returns the code block of a page in docs/ that is marked with this language. There must be
 * exactly one.
 */
export function codeBlock(page: string, language: string): string {
  const text = readFileSync(resolve(__dirname, '../../../docs', page), 'utf8');
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block]) => block ?? '',
  );
  if (blocks.length !== 1) throw new Error(`${page} has ${blocks.length} blocks of ${language}`);
  return blocks[0] ?? '';
}

/** Returns the code blocks of a page in docs/ that have a file name beside their language, by name. */
export function namedBlocks(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(resolve(__dirname, '../../../docs', page), 'utf8');
  return new Map(
    [...text.matchAll(/^```[a-z]+ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', code = '']) => [name, code]),
  );
}

/**
 * Replaces each text. @throws if one is missing, so that a changed recipe is not tested by half.
 */
export function filledIn(recipe: string, replacements: Replacements): string {
  return replacements.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the recipe does not hold ${from}`);
    return text.replaceAll(from, to);
  }, recipe);
}

/** Whether a recipe can run. If CI is set it must: then a missing program fails the tests. */
export function canRun(program: string): boolean {
  if (process.env['CI']) return true;
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`NOT RUN: ${program} is not installed, so its recipe in docs/ was not tested.`);
    return false;
  }
}

/** Writes the certificate's two files to `folder`. */
export function certificateFiles(folder: string): { cert: string; key: string } {
  const { cert, key } = testCertificates().app;
  const files = { cert: join(folder, 'store.crt'), key: join(folder, 'store.key') };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return files;
}

export async function startNginx(
  recipe: string,
  { wcAuth, api }: Pick<RecipePorts, 'wcAuth' | 'api'>,
  more: Replacements = [],
): Promise<RunningProxy> {
  const [http, https] = await Promise.all([freePort(), freePort()]);
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-nginx-'));
  const files = certificateFiles(folder);
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => {
    const path = join(folder, name);
    mkdirSync(path);
    chmodSync(path, 0o777);
    return `${name}_temp_path ${path};`;
  });
  chmodSync(folder, 0o755);
  const servers = filledIn(recipe, [
    ['listen 80;', `listen 127.0.0.1:${http};`],
    ['listen 443 ssl;', `listen 127.0.0.1:${https} ssl;`],
    ['/etc/ssl/shop.example.crt', files.cert],
    ['/etc/ssl/shop.example.key', files.key],
    ...more,
    ...backends({ wcAuth, api }),
  ]);
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `pid ${folder}/pid;\nerror_log stderr;\nworker_processes 1;\nevents {}\nhttp {\naccess_log off;\n${temp.join('\n')}\n${servers}}\n`,
  );
  return startProgram('nginx', ['-p', folder, '-c', config, '-g', 'daemon off;'], {}, folder, {
    http,
    https,
  });
}

function backends({ wcAuth, api }: Pick<RecipePorts, 'wcAuth' | 'api'>): Replacements {
  return [
    ['127.0.0.1:8080', `127.0.0.1:${wcAuth}`],
    ...(api === undefined ? [] : [['127.0.0.1:3000', `127.0.0.1:${api}`] as const]),
  ];
}

export async function startCaddy(
  recipe: string,
  { wcAuth, api }: Pick<RecipePorts, 'wcAuth' | 'api'>,
  more: Replacements = [],
  /** Another site, ready to run. */
  otherSite = '',
): Promise<RunningProxy> {
  const [http, https] = await Promise.all([freePort(), freePort()]);
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-caddy-'));
  const files = certificateFiles(folder);
  const [, options = '', site = ''] = /^(?:\{\n(.*?)^\}\n)?(.*)$/ms.exec(recipe) ?? [];
  // One site for each scheme, because a `tls` line is an error in a site that speaks plain HTTP.
  const sites = [`http://:${http} {`, `https://:${https} {\n\ttls ${files.cert} ${files.key}`].map((first) =>
    filledIn(site, [['shop.example {', first], ...backends({ wcAuth, api }), ...more]),
  );
  const config = join(folder, 'Caddyfile');
  const global = `admin off\n\tauto_https off\n\tdefault_sni 127.0.0.1\n\tdefault_bind 127.0.0.1`;
  writeFileSync(config, `{\n\t${global}\n${options}}\n${[...sites, otherSite].join('\n')}`);
  const args = ['run', '--config', config, '--adapter', 'caddyfile'];
  return startProgram(
    'caddy',
    args,
    { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    folder,
    {
      http,
      https,
    },
  );
}

/** Starts a proxy and waits until it listens. `folder` is removed when it ends. */
export async function startProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  folder: string,
  { http, https }: Pick<RecipePorts, 'http' | 'https'>,
): Promise<RunningProxy> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.on('error', (error) => (output += String(error)));
  const ended = new Promise((resolve) => child.once('close', resolve));
  const urls = { http: `http://127.0.0.1:${http}`, https: `https://127.0.0.1:${https}` };
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually(async () => {
      if (child.exitCode !== null || child.pid === undefined) throw new Error(`${program} ended`);
      return (await answers(urls.http)) && (await answers(urls.https)) ? true : undefined;
    }, 15_000);
  } catch (error) {
    await stop();
    throw new Error(`${program} did not start: ${output}`, { cause: error });
  }
  return { ...urls, output: () => output, stop };
}

function answers(base: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(base);
    socket.once(base.startsWith('https') ? 'secureConnect' : 'connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
