import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates, type Subjects } from '../../emulator/certificate-authority';
import { emulatorCertificates, type Certificates } from '../../emulator/certificates';

const DAY_MS = 24 * 3_600_000;

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'wc-auth-certificates-'))));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Lets openssl verify a certificate for a server, as strictly as it can, and returns what it says. */
function verify({ ca, cert }: Pick<Certificates, 'ca' | 'cert'>, ...options: string[]): string {
  const [caFile, certFile] = [join(folder, 'ca.pem'), join(folder, 'cert.pem')];
  writeFileSync(caFile, ca);
  writeFileSync(certFile, cert);
  const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-no-CApath', '-no-CAstore'];
  const { stdout, stderr } = spawnSync('openssl', [...args, '-CAfile', caFile, ...options, certFile], {
    encoding: 'utf8',
  });
  return stdout + stderr;
}

describe('the certificates of the emulator', () => {
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await emulatorCertificates();
  });

  test('are made once for each process', async () => {
    expect(await emulatorCertificates()).toBe(certificates);
  });

  test.each(['localhost', '127.0.0.1', '[::1]'])('let Node connect to a server at %s', async (host) => {
    const { ca, cert, key } = certificates;
    const server = https.createServer({ cert, key }, (_request, response) => response.end('hello'));
    server.listen(0, host === '[::1]' ? '::1' : '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const request = https.get(`https://${host}:${port}/`, {
        ca,
        agent: false,
        family: host === 'localhost' ? 4 : 0,
      });
      const [answer] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
      expect(answer.statusCode).toBe(200);
      answer.resume();
      await expect(
        once(
          https.get(`https://${host}:${port}/`, { agent: false, family: host === 'localhost' ? 4 : 0 }),
          'response',
        ),
      ).rejects.toThrow('unable to verify');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test.each([
    ['-verify_hostname', 'localhost'],
    ['-verify_ip', '127.0.0.1'],
    ['-verify_ip', '::1'],
  ])('pass the strict check of openssl with %s %s', (option, value) => {
    expect(verify(certificates, option, value)).toMatch(/: OK\n$/);
  });

  test.each([
    ['-verify_hostname', 'shop.example'],
    ['-verify_ip', '127.0.0.2'],
  ])('fail the check of openssl with %s %s', (option, value) => {
    expect(verify(certificates, option, value)).toContain('mismatch');
  });

  test('are valid for a year from now, and have P-256 keys', () => {
    for (const pem of [certificates.ca, certificates.cert]) {
      const { validTo, validFrom, publicKey } = new X509Certificate(pem);
      expect(Date.parse(validFrom)).toBeLessThan(Date.now());
      expect(Math.round((Date.parse(validTo) - Date.now()) / DAY_MS)).toBe(365);
      expect(publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    }
  });

  test('hold no private key of the authority', () => {
    const own = createPublicKey(certificates.key).export({ type: 'spki', format: 'pem' });
    const of = (pem: string) => new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'pem' });
    expect(own).toBe(of(certificates.cert));
    expect(own).not.toBe(of(certificates.ca));
    expect(Object.keys(certificates).sort()).toEqual(['ca', 'cert', 'key']);
  });

  test('have an authority that openssl shows with its limits', () => {
    verify(certificates);
    const text = execFileSync('openssl', ['x509', '-in', join(folder, 'ca.pem'), '-noout', '-text'], {
      encoding: 'utf8',
    });
    expect(text.replace(/\s+/g, ' ')).toContain(
      'X509v3 Name Constraints: critical Permitted: DNS:localhost IP:127.0.0.0/255.0.0.0 IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF X509v3',
    );
    expect(text).toContain('CA:TRUE, pathlen:0');
  });
});

// What a stolen key of the authority could sign.
test.each<[string, Subjects]>([
  ['another name', { names: ['shop.example'], addresses: [] }],
  ['another name beside localhost', { names: ['localhost', 'shop.example'], addresses: [] }],
  ['another IPv4 address', { names: ['localhost'], addresses: ['192.0.2.1'] }],
  ['another IPv6 address', { names: ['localhost'], addresses: ['::2'] }],
])('openssl rejects a certificate of such an authority for %s', (_of, subjects) => {
  expect(verify(makeCertificates(Date.now(), subjects))).toContain('permitted subtree violation');
});
