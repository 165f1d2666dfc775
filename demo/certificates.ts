import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate and its private key, in PEM. */
export interface DemoCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Certificates, and the private authority that signed them. All are made for one run. The
 * authority's key is never stored.
 */
export interface DemoCertificates {
  readonly ca: string;
  /** For `localhost` and 127.0.0.1. */
  readonly app: DemoCertificate;
  /** For `other.example`. */
  readonly wrong: DemoCertificate;
}

const LIFETIME_MS = 30 * 24 * 3_600_000;

/** Makes the certificates. It needs only Node, because a machine may not have `openssl`. */
export function demoCertificates(now = Date.now()): DemoCertificates {
  const authority = newKeys();
  const issuer = 'wc-auth demo authority';
  const signed = { issuer, signer: authority.privateKey, now };
  const ca = certificate({
    ...signed,
    subject: issuer,
    subjectKey: authority.publicKey,
    extensions: [
      extension(OID.basicConstraints, sequence(BOOLEAN_TRUE), 'critical'),
      // keyCertSign
      extension(OID.keyUsage, der(0x03, Buffer.from([0x02, 0x04])), 'critical'),
    ],
  });

  function leaf(name: string, addresses: readonly number[][] = []): DemoCertificate {
    const { publicKey, privateKey } = newKeys();
    const names = [der(0x82, Buffer.from(name)), ...addresses.map((bytes) => der(0x87, Buffer.from(bytes)))];
    const cert = certificate({
      ...signed,
      subject: name,
      subjectKey: publicKey,
      extensions: [
        extension(OID.basicConstraints, sequence(), 'critical'),
        // digitalSignature
        extension(OID.keyUsage, der(0x03, Buffer.from([0x07, 0x80])), 'critical'),
        extension(OID.extKeyUsage, sequence(OID.serverAuth)),
        extension(OID.subjectAltName, sequence(...names)),
      ],
    });
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }

  return { ca, app: leaf('localhost', [[127, 0, 0, 1]]), wrong: leaf('other.example') };
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Returns a certificate (RFC 5280, section 4.1). */
function certificate(of: {
  subject: string;
  subjectKey: KeyObject;
  issuer: string;
  signer: KeyObject;
  now: number;
  extensions: readonly Buffer[];
}): string {
  const signatureAlgorithm = sequence(OID.ecdsaWithSha256);
  // The first byte keeps the number positive and without a leading zero.
  const serial = Buffer.concat([Buffer.from([0x4a]), randomBytes(15)]);
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    signatureAlgorithm,
    commonName(of.issuer),
    sequence(utcTime(of.now - 60_000), utcTime(of.now + LIFETIME_MS)),
    commonName(of.subject),
    of.subjectKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...of.extensions)),
  );
  const signature = sign('sha256', toBeSigned, of.signer);
  const whole = sequence(toBeSigned, signatureAlgorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** Returns a value in DER (X.690): tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

function sequence(...members: readonly Buffer[]): Buffer {
  return der(0x30, ...members);
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(OID.commonName, der(0x0c, Buffer.from(name)))));
}

/** `YYMMDDHHMMSSZ` */
function utcTime(time: number): Buffer {
  const digits = new Date(time).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function extension(name: Buffer, value: Buffer, critical?: 'critical'): Buffer {
  return sequence(name, ...(critical ? [BOOLEAN_TRUE] : []), der(0x04, value));
}

const BOOLEAN_TRUE = Buffer.from([0x01, 0x01, 0xff]);

/** Object identifiers, tag and length included. */
const OID = {
  commonName: Buffer.from('0603550403', 'hex'),
  keyUsage: Buffer.from('0603551d0f', 'hex'),
  subjectAltName: Buffer.from('0603551d11', 'hex'),
  basicConstraints: Buffer.from('0603551d13', 'hex'),
  extKeyUsage: Buffer.from('0603551d25', 'hex'),
  serverAuth: Buffer.from('06082b06010505070301', 'hex'),
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
} as const;
