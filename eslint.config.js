import tseslint from 'typescript-eslint';

/** Rules about layout are the formatter's; these are about mistakes. A forgotten await is the commonest of ours. */
export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.cache/', '.registry/', 'bench/', '**/*.d.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // The compiler reports unused names already, and knows `_` by convention.
      '@typescript-eslint/no-unused-vars': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // A face and its worker, or a model and its extension, meet in one name: an interface merged with a class.
      '@typescript-eslint/no-unsafe-declaration-merging': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
    },
  },
  {
    files: ['lib/**/*.ts'],
    rules: { 'no-console': 'error', '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }] },
  },
  // What must compile is written as bare expressions; augmented interfaces begin empty.
  {
    files: ['test/types/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-empty-object-type': 'off',
    },
  },
  // Tools ask for a default export.
  { files: ['**/*.config.ts', 'test/support/global-setup.ts'], rules: { 'no-restricted-exports': 'off' } },
);
