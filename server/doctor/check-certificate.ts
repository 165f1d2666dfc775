import { X509Certificate } from 'node:crypto';
import type { Config } from '../config';
import { ok, problem, warning, type Finding } from './finding';

const DAY_MS = 24 * 3_600_000;
const RENEW_WITHIN_DAYS = 14;

/** Checks the certificate in TLS_CERT_FILE, without a connection. */
export function certificateFileFindings(
  { tls, storeUrl }: Pick<Config, 'tls' | 'storeUrl'>,
  at: number,
): Finding[] {
  if (tls === undefined) return [];
  const certificate = new X509Certificate(tls.cert);
  const { hostname } = new URL(storeUrl.href);
  const host = hostname.replace(/^\[|\]$/g, '');
  const names = certificate.subjectAltName?.replaceAll(/DNS:|IP Address:/g, '') ?? 'no host';
  return certificate.checkHost(host) === undefined && certificate.checkIP(host) === undefined
    ? [
        problem(
          'certificate',
          `The certificate in TLS_CERT_FILE is for ${names}, not for ${host}.`,
          `Set TLS_CERT_FILE and TLS_KEY_FILE to the files of ${host}, or change STORE_URL.`,
        ),
      ]
    : certificateFindings(new Date(certificate.validTo), at);
}

/** Checks how long a certificate is still valid. */
export function certificateFindings(validUntil: Date | undefined, at: number): Finding[] {
  if (validUntil === undefined) return [];
  const days = Math.floor((validUntil.getTime() - at) / DAY_MS);
  const day = validUntil.toISOString().slice(0, 10);
  if (days < 0)
    return [
      problem('certificate', `The certificate expired on ${day}.`, 'Renew the certificate, and restart.'),
    ];
  return days < RENEW_WITHIN_DAYS
    ? [
        warning(
          'certificate',
          `The certificate expires on ${day}, in ${days} ${days === 1 ? 'day' : 'days'}.`,
          'Renew the certificate, and check that its renewal runs automatically.',
        ),
      ]
    : [ok('certificate', `It is valid until ${day}.`)];
}
