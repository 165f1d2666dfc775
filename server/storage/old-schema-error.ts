/** The schema lacks steps of this version, and the caller does not run them. */
export class OldSchemaError extends Error {
  override readonly name = 'OldSchemaError';
  constructor() {
    super('The database has an older schema. Run: npx wc-auth migrate');
  }
}
