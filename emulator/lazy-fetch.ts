type TrustingFetch = ReturnType<(typeof import('./fetch'))['trustingFetch']>;

/** Returns `trustingFetch` of fetch.ts, which is loaded with the first call: undici is large. */
export function lazyFetch(ca: string): TrustingFetch {
  let loaded: TrustingFetch | undefined;
  return {
    fetch: (...parts) => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      loaded ??= (require('./fetch') as typeof import('./fetch')).trustingFetch(ca);
      return loaded.fetch(...parts);
    },
    close: async () => loaded?.close(),
  };
}
