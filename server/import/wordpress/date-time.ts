const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/;

/**
 * Returns milliseconds since 1970 for a `YYYY-MM-DD HH:MM:SS` in UTC. Returns `null` for a date that
 * does not exist, such as the zero date of MySQL, and for one before 1970.
 */
export function readDateTime(text: string): number | null {
  const [matches, year = 0, month = 0, day, hour, minute, second] = (DATE_TIME.exec(text) ?? []).map(Number);
  if (matches === undefined || year < 1970) return null;
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC takes February 30 for March 2.
  return new Date(at).toISOString() === `${text.replace(' ', 'T')}.000Z` ? at : null;
}
