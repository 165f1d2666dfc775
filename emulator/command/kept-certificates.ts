import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newCertificates, type Certificates } from '../certificates';
import { EmulatorError } from '../errors';

/** What the folder of `--certificates` had. */
export interface KeptCertificates {
  readonly certificates: Certificates;
  readonly caFile: string;
  /** `new`: there were none. `expired`: they were replaced, and have to be trusted again. */
  readonly state: 'kept' | 'new' | 'expired';
}

const CA_FILE = 'ca.pem';
const FILES = { ca: CA_FILE, cert: 'localhost.pem', key: 'localhost.key' } as const;
const DAY_MS = 24 * 3_600_000;

/**
 * Returns the certificates in a folder. Makes them if there are none, or if they end within a day.
 * The key of the authority is in no file.
 *
 * @throws EmulatorError if the folder cannot be used
 */
export function keptCertificates(folder: string, now: number): KeptCertificates {
  const caFile = join(folder, CA_FILE);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = existsSync(caFile) ? readCertificates(folder) : undefined;
    if (found && Date.parse(new X509Certificate(found.cert).validTo) > now + DAY_MS)
      return { certificates: found, caFile, state: 'kept' };
    const certificates = newCertificates(now);
    write(folder, certificates);
    return { certificates, caFile, state: found ? 'expired' : 'new' };
  } catch (error) {
    if (error instanceof EmulatorError) throw error;
    const { code = (error as Error).message } = error as NodeJS.ErrnoException;
    throw new EmulatorError(
      `The folder ${folder} of --certificates cannot be used (${code}). Give a folder that this user can write.`,
    );
  }
}

function readCertificates(folder: string): Certificates {
  const [ca, cert, key] = [FILES.ca, FILES.cert, FILES.key].map((file) => {
    try {
      return readFileSync(join(folder, file), 'utf8');
    } catch {
      return '';
    }
  }) as [string, string, string];
  if (!belongTogether(ca, cert, key))
    throw new EmulatorError(
      `The files ${Object.values(FILES).join(', ')} in ${folder} do not belong together. Delete them, and the next start makes new ones.`,
    );
  return { ca, cert, key };
}

function belongTogether(ca: string, cert: string, key: string): boolean {
  try {
    const leaf = new X509Certificate(cert);
    return leaf.verify(new X509Certificate(ca).publicKey) && leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function write(folder: string, certificates: Certificates): void {
  // The authority is last: with it, the set is complete.
  for (const part of ['key', 'cert', 'ca'] as const) {
    const file = join(folder, FILES[part]);
    rmSync(`${file}.new`, { force: true });
    writeFileSync(`${file}.new`, certificates[part], { mode: part === 'key' ? 0o600 : 0o644 });
    renameSync(`${file}.new`, file);
  }
}
