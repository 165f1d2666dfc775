import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { validate, ValidationSeverity, type ValidatorSettings } from 'dockerfile-utils';
import { parse } from 'yaml';
import { codeBlock } from '../support/recipes/recipe';

// Dockerfile, compose.yaml and docker/nginx.conf. `npm run test:container` builds and runs them.

const ROOT = resolve(__dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const STRICT: ValidatorSettings = {
  deprecatedMaintainer: ValidationSeverity.ERROR,
  directiveCasing: ValidationSeverity.ERROR,
  emptyContinuationLine: ValidationSeverity.ERROR,
  instructionCasing: ValidationSeverity.ERROR,
  instructionCmdMultiple: ValidationSeverity.ERROR,
  instructionEntrypointMultiple: ValidationSeverity.ERROR,
  instructionHealthcheckMultiple: ValidationSeverity.ERROR,
  instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
  instructionWorkdirRelative: ValidationSeverity.ERROR,
};

describe('the Dockerfile', () => {
  const text = read('Dockerfile');

  test('passes the linter, which finds a mistake', () => {
    expect(validate(text, STRICT)).toEqual([]);
    expect(validate(text.replace('WORKDIR /app', 'WORKDIR app'), STRICT)).not.toEqual([]);
    expect(validate(text.replace('VOLUME', 'VOLUMES'), STRICT)).not.toEqual([]);
  });

  test('copies only what .dockerignore names, and that names no settings, data or keys', () => {
    const [first, ...named] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    for (const line of named) expect(line).toMatch(/^!/);
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    for (const file of files.filter((name) => !name.startsWith('dist/'))) expect(named).toContain(`!${file}`);
    for (const secret of ['.env', '.git', 'data', 'secrets']) expect(named).not.toContain(`!${secret}`);
  });
});

describe('compose.yaml', () => {
  // These are matters of taste.
  const TASTE = [
    'no-build-and-image',
    'no-quotes-in-volumes',
    'no-unbound-port-interfaces',
    'service-image-require-explicit-tag',
    'service-keys-order',
    'services-alphabetical-order',
  ];
  const text = read('compose.yaml');

  function problemsOf(compose: string): string[] {
    const folder = mkdtempSync(join(tmpdir(), 'wc-auth-compose-'));
    try {
      const file = join(folder, 'compose.yaml');
      writeFileSync(file, compose);
      const report = join(folder, 'report.json');
      const rules = TASTE.flatMap((rule) => ['--disable-rule', rule]);
      try {
        execFileSync(
          process.execPath,
          [
            join(ROOT, 'node_modules/.bin/dclint'),
            file,
            '--formatter',
            'json',
            '--output-file',
            report,
            ...rules,
          ],
          { stdio: 'pipe' },
        );
      } catch (error) {
        if ((error as { status?: number }).status !== 1) throw error;
      }
      const results = JSON.parse(readFileSync(report, 'utf8')) as { messages: { rule: string }[] }[];
      return results.flatMap(({ messages }) => messages.map(({ rule }) => rule));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test('follows the schema of Compose, and the check finds a mistake', () => {
    expect(problemsOf(text)).toEqual([]);
    expect(problemsOf(text.replace('read_only: true', 'readonly: true'))).toContain('invalid-schema');
  });

  test('trusts the address of nginx, which Docker gives to no other container', () => {
    const compose = parse(text) as {
      services: Record<
        string,
        { environment: Record<string, string>; networks?: { default: { ipv4_address: string } } }
      >;
      networks: { default: { ipam: { config: [{ subnet: string; ip_range: string }] } } };
    };
    const address = compose.services['nginx']?.networks?.default.ipv4_address;
    expect(compose.services['wc-auth']?.environment['TRUST_PROXY']).toBe(address);
    const [{ subnet, ip_range: range }] = compose.networks.default.ipam.config;
    expect([subnet, range]).toEqual(['172.31.240.0/24', '172.31.240.128/25']);
    expect(Number(address?.replace('172.31.240.', ''))).toBeLessThan(128);
  });

  test('waits as long for a stop as the systemd unit', () => {
    const [, seconds] = /TimeoutStopSec=(\d+)/.exec(read('deploy/systemd/wc-auth.service')) ?? [];
    expect(text).toContain(`stop_grace_period: ${seconds}s\n`);
    expect(read('docs/docker.md')).toContain(`--stop-timeout ${seconds}`);
  });

  test('has the variables of docs/docker.md, with their defaults', () => {
    const used = [...text.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name, value]) => [name, value]);
    const listed = [...read('docs/docker.md').matchAll(/^\| `([A-Z_]+)` +\| `([^`]+)` +\|/gm)].map(
      ([, name, value]) => [name, value],
    );
    expect(listed.sort()).toEqual(used.sort());
  });
});

test('docker/nginx.conf is the configuration of docs/deployment.md', () => {
  const recipe = codeBlock('deployment.md', 'nginx')
    .replace('127.0.0.1:8080', 'wc-auth:8080')
    .replace('/var/log/nginx/wc-auth.log', '/dev/stdout')
    .replace('/var/log/nginx/wc-auth-error.log', '/dev/stderr');
  expect(read('docker/nginx.conf').replace(/^(?:#.*\n)+/, '')).toBe(recipe.replace(/^(?:#.*\n)+/, ''));
});
