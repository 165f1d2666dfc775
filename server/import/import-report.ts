import type { AppKeys, ProblemGroup } from './import-notes';
import type { ImportCounts } from './import-run';

/** What an import did, or would do. */
export interface ImportReport {
  readonly dryRun: boolean;
  readonly source: {
    /** What tells this store apart from others at later imports. */
    readonly name: string;
    /** The file or database, without a password. */
    readonly place: string;
    readonly prefix: string;
    readonly url: string | undefined;
    readonly version: string | undefined;
    readonly timeZone: string;
  };
  readonly counts: Readonly<ImportCounts>;
  readonly apps: readonly AppKeys[];
  readonly problems: readonly ProblemGroup[];
}
