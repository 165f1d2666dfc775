import { readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileOf, type DatabaseOptions } from './drivers';

/** Where Docker and Podman keep a volume that has no name: it has 64 hexadecimal digits instead. */
const UNNAMED_VOLUME = /\/volumes\/[0-9a-f]{64}\/_data$/;

/** A way in which the database disappears with its container. */
export interface ContainerRisk {
  readonly problem: string;
  readonly fix: string;
}

/**
 * Returns whether the database disappears when its container is removed. Only Linux has
 * `mountinfo`.
 */
export function containerRisks(database: DatabaseOptions): ContainerRisk[] {
  const file = fileOf(database);
  if (file === undefined || process.platform !== 'linux') return [];
  return risksIn(readFileSync('/proc/self/mountinfo', 'utf8'), realpathSync(file));
}

/** `mountinfo` is the text of `/proc/self/mountinfo` (proc(5)). */
export function risksIn(mountinfo: string, file: string): ContainerRisk[] {
  const mount = mountOf(mountinfo, file);
  if (mount === undefined) return [];
  const risk = (problem: string, folder: string): ContainerRisk[] => [
    { problem, fix: `Mount a named volume or a folder of the host at ${folder}.` },
  ];
  if (mount.point === '/' && mount.type === 'overlay')
    return risk(`The database ${file} is lost when this container is removed.`, dirname(file));
  if (UNNAMED_VOLUME.test(mount.root))
    return risk(
      `The database ${file} is in a volume without a name, which a new container does not get.`,
      mount.point,
    );
  return [];
}

interface Mount {
  /** The part of the file system that is mounted. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
}

/** Returns the mount that a file is on: the longest mount point, and of two equal ones the later one. */
function mountOf(mountinfo: string, file: string): Mount | undefined {
  return mountinfo
    .split('\n')
    .map((line) => /^\S+ \S+ \S+ (\S+) (\S+) .*? - (\S+) /.exec(line))
    .filter((match) => match !== null)
    .map(([, root = '', point = '', type = '']) => ({ root: unescaped(root), point: unescaped(point), type }))
    .filter(({ point }) => point === '/' || file.startsWith(`${point}/`))
    .reduce<Mount | undefined>(
      (best, mount) => (best === undefined || mount.point.length >= best.point.length ? mount : best),
      undefined,
    );
}

/** The kernel writes spaces and line breaks in octal. */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
