import { codeOf, type ErrorCodes } from '../error-codes';

const NO_ACCESS = /^(?:SQLITE_(?:IOERR|READONLY|CANTOPEN|PROTOCOL)|EACCES|EPERM|EROFS|ENOENT)/;

/** The codes of https://sqlite.org/rescode.html. better-sqlite3 puts their names into `code`. */
export const sqliteErrors: ErrorCodes = {
  prefix: 'SQLITE_',
  uniqueViolation: /^SQLITE_CONSTRAINT_(?:UNIQUE|PRIMARYKEY)$/,
  foreignKeyViolation: /^SQLITE_CONSTRAINT_FOREIGNKEY$/,
  // Locked, disk full, read-only, or not readable.
  unavailable: /^SQLITE_(?:BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PROTOCOL|NOTADB|CORRUPT)/,
  noAccess: NO_ACCESS,
  closedMessage: /database connection is not open/,
  advice: [
    [/^(?:SQLITE_FULL|ENOSPC|EDQUOT)/, 'The disk is full.'],
    [/^SQLITE_(?:BUSY|LOCKED)/, 'Another process keeps it locked.'],
    [
      /^SQLITE_(?:NOTADB|CORRUPT)/,
      'It is not an SQLite database, or it is damaged. Replace it with a backup.',
    ],
    [NO_ACCESS, 'The file and its folder must be readable and writable for the user that runs this.'],
    [/^(?:EEXIST|ENOTDIR)$/, 'There is a file where its folder should be. Move it, or set DATABASE_URL.'],
  ],
};

/** Returns whether another connection holds a lock. A retry may find it free. */
export const isBusy = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_BUSY');
