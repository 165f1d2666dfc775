import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// Which folder of server/ may import which (docs/architecture.md draws it). Any other import is an
// error, so no cycle can form.
const mayImport = {
  storage: [],
  http: [],
  errors: ['storage', 'http'],
  pages: ['http', 'errors'],
  audit: ['storage', 'consumer-keys', 'callback-delivery', 'users'],
  users: ['storage', 'errors'],
  'consumer-keys': ['storage', 'errors'],
  throttle: ['storage'],
  'callback-delivery': ['consumer-keys', 'http', 'pages'],
  'key-authentication': ['consumer-keys', 'users', 'http', 'storage', 'throttle', 'errors'],
  session: ['users', 'storage', 'http', 'pages', 'audit', 'throttle', 'errors'],
  grant: [
    'callback-delivery',
    'consumer-keys',
    'session',
    'users',
    'audit',
    'http',
    'pages',
    'storage',
    'errors',
  ],
  'forward-auth': ['key-authentication', 'consumer-keys', 'audit', 'http', 'errors'],
  gateway: ['key-authentication', 'consumer-keys', 'audit', 'http', 'errors'],
  revocation: [
    'key-authentication',
    'consumer-keys',
    'users',
    'session',
    'audit',
    'http',
    'storage',
    'errors',
  ],
  'external-sign-in': [
    'administration',
    'throttle',
    'users',
    'session',
    'audit',
    'config',
    'http',
    'pages',
    'storage',
    'errors',
  ],
  operations: ['audit', 'callback-delivery', 'key-authentication', 'session', 'http', 'storage'],
  probe: ['http'],
  doctor: ['callback-delivery', 'consumer-keys', 'http', 'pages', 'probe', 'storage'],
  administration: [
    'errors',
    'consumer-keys',
    'users',
    'session',
    'audit',
    'storage',
    'revocation',
    'http',
    'pages',
  ],
  import: [
    'consumer-keys',
    'users',
    'session',
    'audit',
    'revocation',
    'key-authentication',
    'storage',
    'errors',
  ],
  console: [
    'administration',
    'consumer-keys',
    'users',
    'session',
    'audit',
    'http',
    'pages',
    'revocation',
    'throttle',
    'errors',
  ],
  config: [
    'http',
    'storage',
    'pages',
    'callback-delivery',
    'consumer-keys',
    'gateway',
    'key-authentication',
    'session',
    'users',
  ],
  logging: ['config', 'http'],
  cli: [
    'administration',
    'callback-delivery',
    'consumer-keys',
    'doctor',
    'import',
    'key-authentication',
    'users',
    'grant',
    'audit',
    'http',
    'pages',
    'storage',
    'errors',
  ],
};
const folders = Object.keys(mayImport);

/** Only `storage/drivers.ts` and the commands for one database know which databases there are. */
const onlyDrivers = (server) => ({
  group: [`${server}/storage/sqlite/*`, `${server}/storage/postgres/*`],
  message: 'what differs between databases is behind storage/database.ts and storage/dialect.ts',
});

const layers = folders.map((folder) => ({
  files: [`server/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...folders
            .filter((other) => other !== folder && !mayImport[folder].includes(other))
            .map((other) => ({
              group: [`../${other}/*`, `../../${other}/*`],
              message: `${folder}/ may not import ${other}/`,
            })),
          ...(folder === 'storage' || folder === 'cli' ? [] : [onlyDrivers('..')]),
          {
            // `wc-auth serve` starts the server, as `npm start` does.
            group: [
              '../app',
              '../composition/*',
              '../routes',
              '../janitor',
              '../cli/*',
              '../index',
              ...(folder === 'cli' ? [] : ['../main', '../process']),
            ],
            message: 'only the composition root wires',
          },
        ],
      },
    ],
  },
}));

const root = {
  files: ['server/*.ts'],
  rules: { 'no-restricted-imports': ['error', { patterns: [onlyDrivers('.')] }] },
};

const composition = {
  files: ['server/composition/**/*.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: ['../app', '../serve', '../process', '../main', '../index', '../cli/*'],
            message: 'a builder is below app.ts',
          },
          onlyDrivers('..'),
        ],
      },
    ],
  },
};

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'data/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A knex query is a thenable: without an await it never runs.
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      // Express recognizes an error handler by its four parameters.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `return redirect(…)` ends a handler, and the caller names the type of a row.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'configuration is read once, in config/' },
        { object: 'URL', property: 'canParse', message: 'wrong on Node 20; use parseUrl of http/parse-url' },
      ],
    },
  },
  ...layers,
  root,
  composition,
  {
    files: ['server/main.ts', 'server/cli/**/*.ts', 'tests/**/*.ts', 'demo/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['tests/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['tests/**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { name: 'fast-check', message: 'its values differ in each run; use tests/support/jest/fast-check' },
      ],
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        require: 'readonly',
        module: 'readonly',
        __dirname: 'readonly',
        process: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        URL: 'readonly',
        Request: 'readonly',
        Response: 'readonly',
        Buffer: 'readonly',
      },
      sourceType: 'module',
    },
  },
  {
    // The runner of the conformance cases works without packages, on any Node.
    files: ['conformance/**/*.mjs'],
    languageOptions: { globals: { AbortController: 'readonly', setTimeout: 'readonly' } },
    rules: {
      // `const { doc, ...facts } = page` leaves a property out.
      'no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-misleading-character-class': ['error', { allowEscape: true }],
    },
  },
  {
    files: ['views/assets/**/*.js'],
    languageOptions: { globals: { document: 'readonly', window: 'readonly', navigator: 'readonly' } },
  },
);
