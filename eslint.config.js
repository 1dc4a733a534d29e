import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * The house's arrows: what each room may import from `src/`. A room that is not listed for another
 * is out of its reach; the base rooms (`domain`, `asn1`, `files`, `errors`) import nothing above them.
 */
const reach = {
  domain: [],
  files: [],
  spool: ['files'],
  asn1: [],
  sqlite: ['files'],
  x509: ['asn1', 'domain'],
  envelope: ['asn1', 'x509', 'domain'],
  trust: ['asn1', 'x509', 'domain'],
  crl: ['asn1', 'x509', 'domain', 'files', 'trust'],
  identity: ['asn1', 'x509', 'domain', 'files'],
  registry: ['asn1', 'x509', 'domain', 'sqlite'],
  transport: ['domain', 'sqlite'],
  ledger: ['domain', 'sqlite'],
  config: ['domain', 'files'],
  terminal: ['domain'],
  messaging: [
    'asn1',
    'x509',
    'domain',
    'files',
    'spool',
    'envelope',
    'trust',
    'registry',
    'transport',
    'ledger',
  ],
};

/** Which folder may import which third-party package: one adapter a package. */
const adapters = {
  kafkajs: ['src/transport/kafka/**', 'src/sandbox/**'],
  '@node-rs/crc32': ['src/transport/kafka/record-batch.ts'],
  libsql: ['src/sqlite/open.ts'],
  ethers: ['src/registry/ethers.ts', 'src/registry/ethers/**'],
  '@noble/hashes/sha3': ['src/registry/keccak.ts'],
  'node-forge': ['src/identity/**', 'src/asn1/**', 'src/x509/**', 'src/sandbox/**'],
  inquirer: ['src/terminal/**'],
  chalk: ['src/terminal/**'],
  conf: ['src/config/**'],
  commander: ['src/program.ts', 'src/program/**', 'src/main.ts'],
  '@commander-js/extra-typings': ['src/program.ts', 'src/program/**', 'src/main.ts'],
};

const rooms = Object.keys(reach);
const zones = rooms.map((room) => ({
  target: `./src/${room}`,
  from: './src',
  except: [room, ...reach[room], 'errors.ts'].map((name) => `./${name}`),
  message: `${room}/ may import only: ${reach[room].join(', ') || 'nothing but errors'}.`,
}));

const restrictAdapters = Object.entries(adapters).map(([name]) => ({
  name,
  message: `Only ${adapters[name].join(', ')} may import ${name}.`,
}));

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'completions/', 'node_modules/', 'test/registry/solidity/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      'import-x/no-cycle': 'error',
      'max-lines': ['error', { max: 300 }],
      'max-params': ['error', 4],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'no-restricted-imports': ['error', { paths: restrictAdapters }],
      'no-console': 'error',
    },
  },
  ...Object.entries(adapters).map(([name, files]) => ({
    files,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: restrictAdapters.filter(
            (one) => !mayShare(files).includes(one.name) && one.name !== name,
          ),
        },
      ],
    },
  })),
  {
    files: [
      'src/envelope/**/*.ts',
      'src/domain/**/*.ts',
      'src/messaging/**/*.ts',
      'src/trust/**/*.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take a clock as an argument.' },
        { object: 'Math', property: 'random', message: 'Take a random source as an argument.' },
      ],
    },
  },
  {
    files: ['bin/**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { require: 'readonly', module: 'writable', __dirname: 'readonly' },
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly' },
    },
  },
);

/** The packages that share a folder with the given ones (commander and its typings, for example). */
function mayShare(files) {
  return Object.keys(adapters).filter((name) =>
    adapters[name].some((glob) => files.includes(glob)),
  );
}
