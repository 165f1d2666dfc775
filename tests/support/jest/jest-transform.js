const { transformSync } = require('esbuild');

const withoutTypes = (source, file) =>
  transformSync(source, {
    loader: 'ts',
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    sourcefile: file,
    sourcemap: 'external',
  });

module.exports = {
  /** Removes the types from a file for Jest. `npm run typecheck` checks them. */
  process(source, file, { transformerConfig }) {
    const { code, map } = file.endsWith('.ts') ? withoutTypes(source, file) : { code: source };
    if (!transformerConfig.isShared) return { code, map };
    // On one line with the code, so that the source map stays right.
    const shared = `if (globalThis.requireShared) return void (module.exports = requireShared(${JSON.stringify(file)}));`;
    return { code: `${shared} ${code}`, map };
  },
};
