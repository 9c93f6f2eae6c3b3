import js from '@eslint/js'
import prettier from 'eslint-config-prettier/flat'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import ts from 'typescript-eslint'

/* What needs the type checker, chosen for what it finds: promises that nobody waits for, above all. */
const withTypes = {
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/prefer-promise-reject-errors': 'error',
  '@typescript-eslint/require-array-sort-compare': 'error',
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
}

export default ts.config(
  { ignores: ['out/', 'dist/', 'coverage/', 'test-results/', 'playwright-report/', '.setup/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', 400],
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'electron', message: 'Only electron/desktop knows Electron; the engine runs without it.' }] },
      ],
    },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: globals.node } },

  {
    files: ['**/*.ts', '**/*.vue'],
    extends: [...ts.configs.strict, ...ts.configs.stylistic],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.vue'] },
    },
    rules: {
      ...withTypes,
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // The type checker names unused ones already, but knows no underscore for what a signature demands.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // An empty function is a plain way to say "nothing to do".
      '@typescript-eslint/no-empty-function': 'off',
      // The type checker knows what exists.
      'no-undef': 'off',
    },
  },

  {
    files: ['**/*.vue'],
    extends: [...vue.configs['flat/recommended']],
    languageOptions: { globals: globals.browser, parserOptions: { parser: ts.parser } },
    rules: {
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      // Every sentence is in both catalogues (DESIGN §5); marks of punctuation are no sentences.
      'vue/no-bare-strings-in-template': [
        'error',
        { allowlist: [...'()[]{},.&+-=*/#%!?:;·•–—…@<>|×←→↑↓✓⌘⌃⌥⇧↵，。：、“”（）', '99+'] },
      ],
      // Names and messages are hostile text (DESIGN §5).
      'vue/no-v-html': 'error',
      'vue/no-unused-refs': 'error',
      'vue/no-useless-v-bind': 'error',
      // Names of one word are fine for screens and parts that are no HTML elements.
      'vue/multi-word-component-names': 'off',
      // TypeScript says which properties may be absent.
      'vue/require-default-prop': 'off',
    },
  },

  {
    // A stray console line on standard output would stand before the ready line, or nobody would see it.
    files: ['electron/**/*.ts', 'renderer/**/*.{ts,vue}', 'shared/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['electron/desktop/**/*.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['tests/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  prettier,
)
