import { accessSync, constants, existsSync, statSync, type Stats } from 'node:fs';
import { dirname, parse } from 'node:path';
import { codeOf } from './error-codes';

const uid = process.getuid?.();
const gid = process.getgid?.();

/** The account that runs this process, for messages. */
export const ACCOUNT = uid === undefined ? 'This user' : `This user (uid ${uid})`;

/**
 * Returns why this process cannot write to a file or to the folder it lies in, and what to do.
 * Returns the empty string if it can, or if the reason is another one.
 */
export function writeObstacle(file: string): string {
  if (statsOf(file)?.isDirectory() === true) return `${file} is a folder. Set DATABASE_URL to a file in it.`;
  const folder = dirname(file);
  const paths = existsSync(file) ? [folder, file] : [nearestFolder(file)];
  for (const path of paths) {
    const code = accessErrorOf(path);
    if (code === 'EROFS')
      return `${path} is on a read-only file system. Mount a volume or another writable folder there, or set DATABASE_URL.`;
    if (code === 'EACCES' || code === 'EPERM')
      return existsSync(folder) ? notPermitted(path) : cannotCreate(folder);
  }
  return '';
}

/** Does not name the parent's owner, because the parent may be `/` or another folder of the system. */
const cannotCreate = (folder: string): string =>
  `${ACCOUNT} may not create ${folder}. Mount a volume there that this user can write, or set DATABASE_URL to another folder.`;

/** Returns the folder of a file, or its first parent that exists. */
function nearestFolder(file: string): string {
  const folder = dirname(file);
  return existsSync(folder) || folder === file ? folder : nearestFolder(folder);
}

function accessErrorOf(path: string): string {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return '';
  } catch (error) {
    return codeOf(error);
  }
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function notPermitted(path: string): string {
  const owner = statsOf(path)?.uid;
  const problem = `${ACCOUNT} may not write to ${path}.`;
  if (path === parse(path).root) return `${problem} Set DATABASE_URL to a file in another folder.`;
  if (owner === uid && owner !== undefined) return `${problem} Run: chmod u+rwX ${path}`;
  const fixes = [
    ...(owner === undefined || owner === 0 ? [] : [`run this as uid ${owner}`]),
    'mount a volume there that this user can write',
    ...(uid === undefined ? ['set DATABASE_URL to another folder'] : [`run chown -R ${uid}:${gid} ${path}`]),
  ];
  const belongs = owner === undefined ? '' : ` It belongs to uid ${owner}.`;
  return `${problem}${belongs} Do one of these: ${fixes.join(', or ')}.`;
}
