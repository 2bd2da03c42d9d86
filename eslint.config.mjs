import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const infrastructure = ['./main.ts', './settings.ts', './settings', './stacks', './constructs'];
const runtime = ['./trail', './review', './demo'];
const pure = ['trail/flow/**/*.ts', 'review/**/*.ts'];
// By expression: as a glob, `constructs` would match our own folder of that name too.
const cdktf = '^(cdktf|constructs|@cdktf)(/|$)';
const io = [
  'node:*',
  'fs',
  'net',
  'http',
  'http2',
  'pg',
  '@grpc/*',
  '@kubernetes/*',
  'pino',
  'prom-client',
  '@slack/*',
  // Computes, and touches nothing outside.
  '!node:zlib',
];

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'cdktf.out', '.trail', 'coverage', '__tests__/fixtures'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // The Kubernetes client generates its models as classes and documents passing plain objects for them.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // CDKTF constructs register themselves with their scope; their instances are often not kept.
      'no-new': 'off',
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [
            ...infrastructure.map((target) => ({
              target,
              from: runtime,
              message: 'infrastructure knows the runtime through contract.ts only',
            })),
            ...runtime.map((target) => ({
              target,
              from: infrastructure,
              message: 'the runtime knows the infrastructure through contract.ts only',
            })),
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['main.ts', 'stacks/**', 'constructs/**', '__tests__/support/synth.ts', 'bench/synth/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: cdktf,
              message: 'cdktf lives in main.ts, stacks/ and constructs/',
            },
          ],
        },
      ],
    },
  },
  {
    files: pure,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: io,
              message: 'this folder is pure: take the data as an argument',
            },
            { regex: cdktf, message: 'cdktf lives in main.ts, stacks/ and constructs/' },
          ],
        },
      ],
      'no-restricted-globals': ['error', 'process', 'fetch', 'setTimeout', 'setInterval'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'take now as an argument' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'take now as an argument',
        },
      ],
    },
  },
  {
    files: ['__tests__/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  { files: ['*.js', '*.cjs'], languageOptions: { globals: { module: 'readonly', require: 'readonly' } } },
);
