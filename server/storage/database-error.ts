/** The database cannot answer now: it is busy, unreachable or closed. Nothing was changed. */
export class UnavailableDatabaseError extends Error {
  override readonly name = 'UnavailableDatabaseError';
}

/** A row that a statement refers to was removed after it was checked. Nothing was changed. */
export class ReferenceRemovedError extends Error {
  override readonly name = 'ReferenceRemovedError';
}
