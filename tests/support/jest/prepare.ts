import { existsSync, statfsSync } from 'node:fs';
import { hashCommonPassword } from '../store/common-password';
import { compileOnce } from './compiled';

/** The free memory that the stores of all tests need, in bytes. */
const ROOM = 2 * 1024 ** 3;
const MEMORY = '/dev/shm';

/** Jest runs this once, before it starts its workers. They find the results in the environment. */
export default async function prepare(): Promise<void> {
  compileOnce();
  await hashCommonPassword();
  // A tenth faster than a disk. Tests about disks name their own folder.
  if (process.env['TMPDIR'] === undefined && hasRoom(MEMORY)) process.env['TMPDIR'] = MEMORY;
}

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > ROOM;
}
