import type { Certificates } from './certificate-authority';

export type { Certificates } from './certificate-authority';

let current: Promise<Certificates> | undefined;

/**
 * Returns the certificates of this process: one authority, limited to loopback names, and one
 * certificate for `localhost`, 127.0.0.1 and ::1. Every store and callback uses them.
 */
export function emulatorCertificates(): Promise<Certificates> {
  return (current ??= Promise.resolve(newCertificates(Date.now())));
}

/** Uses kept certificates from now on, so that a system that trusts them can go on doing so. */
export function useCertificates(kept: Certificates): void {
  current = Promise.resolve(kept);
}

/** Makes new certificates, which no store uses yet. */
export function newCertificates(now: number): Certificates {
  // Loaded with the first https store: the library takes about as long as the rest of the emulator.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { makeCertificates } = require('./certificate-authority') as typeof import('./certificate-authority');
  return makeCertificates(now);
}
