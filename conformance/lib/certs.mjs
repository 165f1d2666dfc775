// Creates a private CA and the certificates of a run in one folder, with the openssl command.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function ensureCerts(work, host = 'localhost') {
  const at = (f) => join(work, f);
  const files = {
    ca: at('ca.pem'),
    store: { cert: at('store.crt'), key: at('store.key') },
    trusted: { cert: at('app.crt'), key: at('app.key') },
    untrusted: { cert: at('rogue.crt'), key: at('rogue.key') },
    wrongName: { cert: at('wrongname.crt'), key: at('wrongname.key') },
  };
  if (existsSync(files.wrongName.cert)) return files;
  mkdirSync(work, { recursive: true });
  const ssl = (...a) => execFileSync('openssl', a, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  ssl(
    'req',
    '-x509',
    ...ec,
    '-keyout',
    at('ca.key'),
    '-out',
    files.ca,
    '-days',
    '3650',
    '-subj',
    '/CN=Conformance CA',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  );
  const leaf = (name, san) => {
    ssl(
      'req',
      '-new',
      ...ec,
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.csr`),
      '-subj',
      `/CN=${name}`,
    );
    writeFileSync(
      at(`${name}.ext`),
      `subjectAltName=${san}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`,
    );
    ssl(
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      '-CA',
      files.ca,
      '-CAkey',
      at('ca.key'),
      '-CAcreateserial',
      '-out',
      at(`${name}.crt`),
      '-days',
      '3650',
      '-extfile',
      at(`${name}.ext`),
    );
  };
  const names = `DNS:${host},DNS:localhost,IP:127.0.0.1,IP:::1`;
  leaf('store', names);
  leaf('app', names);
  ssl(
    'req',
    '-x509',
    ...ec,
    '-keyout',
    files.untrusted.key,
    '-out',
    files.untrusted.cert,
    '-days',
    '3650',
    '-subj',
    '/CN=rogue',
    '-addext',
    `subjectAltName=${names}`,
  );
  leaf('wrongname', 'DNS:other.test');
  return files;
}
