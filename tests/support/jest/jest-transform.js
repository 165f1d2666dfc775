const { transformSync } = require('esbuild');

/** Removes the types from a file for Jest. `npm run typecheck` checks them. */
module.exports = {
  process: (source, file) =>
    transformSync(source, {
      loader: 'ts',
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      sourcefile: file,
      sourcemap: 'external',
    }),
};
