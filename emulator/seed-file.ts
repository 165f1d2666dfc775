type SeedModule = typeof import('./command/seed');

/** Returns the reader of seed files, which is loaded only for one: the parser of YAML is large. */
export function seedFile(): SeedModule {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./command/seed') as SeedModule;
}
