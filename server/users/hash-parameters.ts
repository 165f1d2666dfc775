/** What a hash costs: `memoryCost` in KiB, passes over it, and threads. */
export interface HashParameters {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/** The cost of the hashes that this server makes. */
// RFC 9106 recommends argon2id. OWASP's minimum for it is 19 MiB, two passes and one lane.
export const HASH_PARAMETERS: HashParameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
