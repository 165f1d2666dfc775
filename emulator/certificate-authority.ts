import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** A certificate with its private key, and the authority that signed it, in PEM. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Names and addresses that a certificate is for. */
export interface Subjects {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

const LOOPBACK: Subjects = { names: ['localhost'], addresses: ['127.0.0.1', '::1'] };
/** What the authority may sign (RFC 5280, section 4.2.1.10). */
const PERMITTED: Subjects = { names: ['localhost'], addresses: ['127.0.0.0/8', '::1/128'] };

const HOUR_MS = 3_600_000;
// Apple's systems accept at most 825 days from an authority that a person trusts.
const LIFETIME_MS = 365 * 24 * HOUR_MS;
const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/**
 * Makes an authority and a certificate for `localhost`, 127.0.0.1 and ::1. The authority is limited
 * to loopback names, and its private key is discarded: it never signs again. So a system that
 * trusts it is not at risk.
 *
 * @param now milliseconds since 1970, by the real clock
 */
export function makeCertificates(now: number, subjects: Subjects = LOOPBACK): Certificates {
  const authority = keyPair();
  const name = `wc-auth-server emulator ${randomBytes(4).toString('hex')}`;
  const signed = { issuer: name, issuerKey: authority, now };
  const ca = certificate({
    ...signed,
    subject: name,
    publicKey: authority.publicKey,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), 'critical'),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign), 'critical'),
      extension(
        id_ce_nameConstraints,
        new NameConstraints({
          permittedSubtrees: new GeneralSubtrees(
            generalNames(PERMITTED).map((base) => new GeneralSubtree({ base })),
          ),
        }),
        'critical',
      ),
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
    ],
  });
  const own = keyPair();
  const cert = certificate({
    ...signed,
    subject: subjects.names[0] ?? 'localhost',
    publicKey: own.publicKey,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints(), 'critical'),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), 'critical'),
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_subjectAltName, new SubjectAlternativeName(generalNames(subjects))),
    ],
  });
  return { ca, cert, key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const keyPair = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Returns a certificate in PEM, with the key identifiers that strict clients ask for. */
function certificate(of: {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerKey: KeyPair;
  readonly now: number;
  readonly extensions: readonly Extension[];
}): string {
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature: algorithm,
    issuer: distinguishedName(of.issuer),
    // One hour early, for clients whose clock is behind.
    validity: new Validity({
      notBefore: new Date(of.now - HOUR_MS),
      notAfter: new Date(of.now + LIFETIME_MS),
    }),
    subject: distinguishedName(of.subject),
    subjectPublicKeyInfo: AsnConvert.parse(spki(of.publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions([
      ...of.extensions,
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifier(of.publicKey))),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({
          keyIdentifier: new KeyIdentifier(keyIdentifier(of.issuerKey.publicKey)),
        }),
      ),
    ]),
  });
  const signature = sign(
    'sha256',
    Buffer.from(AsnConvert.serialize(tbsCertificate)),
    of.issuerKey.privateKey,
  );
  return pem(
    new Certificate({ tbsCertificate, signatureAlgorithm: algorithm, signatureValue: bytes(signature) }),
  );
}

/** Returns 16 random bytes. The first makes the number positive, without a leading zero. */
const serialNumber = (): ArrayBuffer => bytes(Buffer.concat([Buffer.from([0x4a]), randomBytes(15)]));

const distinguishedName = (commonName: string): Name =>
  new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({
        type: COMMON_NAME,
        value: new AttributeValue({ utf8String: commonName }),
      }),
    ]),
  ]);

const generalNames = ({ names, addresses }: Subjects): GeneralName[] => [
  ...names.map((dNSName) => new GeneralName({ dNSName })),
  ...addresses.map((iPAddress) => new GeneralName({ iPAddress })),
];

function extension(extnID: string, value: object, critical?: 'critical'): Extension {
  const extnValue = new OctetString(AsnConvert.serialize(value));
  return new Extension({ extnID, critical: critical !== undefined, extnValue });
}

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

const keyIdentifier = (key: KeyObject): ArrayBuffer =>
  bytes(createHash('sha256').update(spki(key)).digest().subarray(0, 20));

/** Returns the bytes alone. A small Buffer is a part of a larger pool. */
const bytes = (buffer: Buffer): ArrayBuffer => new Uint8Array(buffer).buffer;

function pem(value: Certificate): string {
  const lines =
    Buffer.from(AsnConvert.serialize(value))
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
