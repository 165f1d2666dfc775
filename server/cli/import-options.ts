import type { Role } from '../users/user';

/** The options of `wc-auth import`, as Commander names them. */
export interface ImportOptions {
  /** Checked here, because Commander would require it of `import verify`, too. */
  from?: string;
  prefix?: string;
  site?: number;
  timeZone?: string;
  mapRole: ReadonlyMap<string, Role>;
  allUsers?: boolean;
  includeResting?: boolean;
  owner?: string;
  source?: string;
  partial?: boolean;
  yes?: boolean;
  dryRun?: boolean;
  watch?: number;
  json?: boolean;
}
