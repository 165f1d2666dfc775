import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';

export interface Certificate {
  /** In PEM. */
  readonly cert: string;
  readonly key: string;
}

/** The kinds of test certificates. All but `selfSigned` come from the private authority. */
export type CertificateKind = 'app' | 'wrongName' | 'selfSigned' | 'expired' | 'expiresSoon';

export interface Certificates extends Readonly<Record<CertificateKind, Certificate>> {
  /** The private authority in PEM. */
  readonly ca: string;
  readonly caFile: string;
}

const NAMES = 'DNS:localhost,DNS:app.example,DNS:xn--bcher-kva.example,IP:127.0.0.1,IP:::1';
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/**
 * Makes a private authority and five certificates with the `openssl` command, once a day and user,
 * in about 0.3 s.
 */
export function testCertificates(): Certificates {
  return (kept ??= readOrMake());
}

/** The TLS settings of a client that trusts only the private authority. */
export const testTrust = (): SecureContext => createSecureContext({ ca: testCertificates().ca });

let kept: Certificates | undefined;

function readOrMake(): Certificates {
  const day = new Date().toISOString().slice(0, 10);
  const folder = join(tmpdir(), `wc-auth-test-certificates-2-${userInfo().uid}-${day}`);
  if (!existsSync(folder)) make(folder);
  const read = (name: string): Certificate => ({
    cert: readFileSync(join(folder, `${name}.crt`), 'utf8'),
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
  });
  return {
    ca: read('ca').cert,
    caFile: join(folder, 'ca.crt'),
    app: read('app'),
    wrongName: read('wrongName'),
    selfSigned: read('selfSigned'),
    expired: read('expired'),
    expiresSoon: read('expiresSoon'),
  };
}

// Two jest workers may do this at the same moment. Each fills its own folder, and the first to
// rename it wins.
function make(folder: string): void {
  const draft = mkdtempSync(`${folder}-`);
  const at = (file: string) => join(draft, file);
  const openssl = (...args: string[]) => {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const root = (name: string, ...extensions: string[]) => {
    const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)];
    const adds = extensions.flatMap((extension) => ['-addext', extension]);
    openssl('req', '-x509', ...EC, ...files, '-days', '30', '-subj', `/CN=${name}`, ...adds);
  };
  const leaf = (name: string, names: string, days: string) => {
    openssl(
      'req',
      '-new',
      ...EC,
      '-keyout',
      at(`${name}.key`),
      '-out',
      at('request'),
      '-subj',
      `/CN=${name}`,
    );
    writeFileSync(
      at('extensions'),
      `subjectAltName=${names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`,
    );
    const signer = [
      '-CA',
      at('ca.crt'),
      '-CAkey',
      at('ca.key'),
      '-CAcreateserial',
      '-extfile',
      at('extensions'),
    ];
    openssl('x509', '-req', '-in', at('request'), ...signer, '-out', at(`${name}.crt`), '-days', days);
  };

  root('ca', 'basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign');
  leaf('app', NAMES, '30');
  leaf('wrongName', 'DNS:other.example', '30');
  leaf('expired', NAMES, '-1');
  leaf('expiresSoon', NAMES, '8');
  root('selfSigned', `subjectAltName=${NAMES}`);
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true });
  }
}
