const { transformSync } = require('esbuild');

/** Packages that are only published as ECMAScript modules. Jest loads nothing but CommonJS. */
const MODULES = /\/node_modules\/(?:jose|oauth4webapi|openid-client)\//;

const toCommonJs = (source, file) =>
  transformSync(source, {
    loader: file.endsWith('.ts') ? 'ts' : 'js',
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // `import()` becomes `require` too.
    supported: { 'dynamic-import': false },
    sourcefile: file,
    sourcemap: 'external',
  });

module.exports = {
  /** Removes the types from a file for Jest. `npm run typecheck` checks them. */
  process(source, file, { transformerConfig }) {
    const { code, map } =
      file.endsWith('.ts') || MODULES.test(file) ? toCommonJs(source, file) : { code: source };
    if (!transformerConfig.isShared) return { code, map };
    // On one line with the code, so that the source map stays right.
    const shared = `if (globalThis.requireShared) return void (module.exports = requireShared(${JSON.stringify(file)}));`;
    return { code: `${shared} ${code}`, map };
  },
};
