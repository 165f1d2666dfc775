/** Why API calls should go to another server. */
export type Unready =
  /** The server is stopping. */
  | 'stopping'
  /** The database does not answer. */
  | 'database'
  /** The schema of the database does not match this version. */
  | 'schema'
  /** The database contains secrets sealed with a key that this process does not have. */
  | 'secret_key';

export interface ReadinessDependencies {
  readonly schemaIsCurrent: () => Promise<boolean>;
  readonly secretKeyFits: () => Promise<boolean>;
  readonly reportFailure: (error: unknown) => unknown;
}

/**
 * Checks the current state of the database at each call, because it may have been replaced, locked
 * or lost since the start.
 */
export function readiness({ schemaIsCurrent, secretKeyFits, reportFailure }: ReadinessDependencies) {
  let stopping = false;
  return {
    async unready(): Promise<Unready | undefined> {
      if (stopping) return 'stopping';
      try {
        if (!(await schemaIsCurrent())) return 'schema';
        return (await secretKeyFits()) ? undefined : 'secret_key';
      } catch (error) {
        reportFailure(error);
        return 'database';
      }
    },
    /** Makes the server not ready, permanently. */
    stop: (): void => {
      stopping = true;
    },
  };
}
