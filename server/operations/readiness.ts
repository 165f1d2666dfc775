/** Why API calls should go elsewhere. */
export type Unready =
  /** It has been told to stop. */
  | 'stopping'
  /** The database does not answer. */
  | 'database'
  /** The database is not at the schema of this version. */
  | 'schema'
  /** Secrets in the database are sealed with a key that this process does not hold. */
  | 'secret_key';

export interface ReadinessDependencies {
  readonly schemaIsCurrent: () => Promise<boolean>;
  readonly secretKeyFits: () => Promise<boolean>;
  readonly reportFailure: (error: unknown) => unknown;
}

/** Asked anew each time, of the database as it is now: it may have been replaced, locked or lost since the start. */
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
    /** From now on it is not ready, for good. */
    stop: (): void => {
      stopping = true;
    },
  };
}
