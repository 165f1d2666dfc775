import type { Config } from '../config';
import type { Database } from '../storage/database';
import { fileOf } from '../storage/drivers';
import { statIfAllowed } from '../storage/exposed-files';
import { ok, problem, warning, type Finding } from './finding';

/** Another clock, compared with the one of this machine. */
export interface ClockReading {
  /** Whose clock, or what shows the time. */
  readonly source: string;
  /** How far this machine is behind. Negative: ahead. */
  readonly behindMs: number;
}

const NOTABLE_MS = 30_000;
// OAuth signatures are valid within 15 minutes, and apps have clocks of their own.
const HARMFUL_MS = 300_000;
const FIX = 'sudo timedatectl set-ntp true';

/** Compares the clock with the database server's, or with the times of the database's files. */
export async function readClocks(
  options: Config['database'],
  database: Database | undefined,
  now: () => number,
): Promise<ClockReading[]> {
  const file = fileOf(options);
  if (file !== undefined) {
    const written = [file, `${file}-wal`]
      .map((name) => statIfAllowed(name)?.mtimeMs)
      .filter((at) => at !== undefined);
    // The files tell only whether they come from the future.
    const behindMs = Math.max(0, ...written.map((at) => at - now()));
    return written.length === 0 ? [] : [{ source: 'the files of the database', behindMs }];
  }
  if (database === undefined) return [];
  const sent = now();
  const row = await database.knex.select(database.knex.raw('current_timestamp as at')).first<{ at: Date }>();
  return [{ source: 'the database server', behindMs: row.at.getTime() - (sent + now()) / 2 }];
}

/** Returns a warning or a problem for each clock that differs by too much, or one `ok`. */
export function clockFindings(readings: readonly ClockReading[]): Finding[] {
  const wrong = readings.filter(({ behindMs }) => Math.abs(behindMs) >= NOTABLE_MS);
  if (wrong.length === 0)
    return readings.length === 0
      ? []
      : [ok('clock', `It agrees with ${readings.map(({ source }) => source).join(' and ')}.`)];
  return wrong.map(({ source, behindMs }) => {
    const seconds = Math.round(Math.abs(behindMs) / 1000);
    const detail = `The clock of this machine is ${seconds} seconds ${behindMs > 0 ? 'behind' : 'ahead of'} ${source}.`;
    return Math.abs(behindMs) >= HARMFUL_MS
      ? problem('clock', `${detail} OAuth signatures of apps are rejected if it is wrong by 15 minutes.`, FIX)
      : warning('clock', detail, FIX);
  });
}
