import { readDateTime } from './date-time';

/** The app that a key was granted to, and when. */
export interface DescribedApp {
  readonly appName: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/**
 * Returns what the description of a key says about its app, as WooCommerce writes it:
 * `APP - API (YYYY-MM-DD HH:MM:SS)`, in UTC. Returns `undefined` for every other description, such
 * as that of a key made by hand.
 */
export function appOf(description: string): DescribedApp | undefined {
  // The last date counts, because the name of an app may look like a description.
  const [, name, date] = /^(.+) - API \(([^()]+)\)$/s.exec(description.trim()) ?? [];
  const appName = name?.trim();
  const createdAt = date === undefined ? null : readDateTime(date);
  return appName && createdAt !== null ? { appName, createdAt } : undefined;
}
