import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const surfaces = ['citizen', 'terminal', 'display', 'desk', 'ops', 'phone'];

/** A surface may import from itself and from shared, never from a sibling: each is built and cached alone. */
const ownGround = surfaces.map((surface) => ({
  files: [`src/${surface}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: surfaces
          .filter((other) => other !== surface)
          .map((other) => ({
            regex: `(^|/)(\\.\\./)+${other}/|src/${other}/`,
            message: 'Surfaces never import each other; move what both need to src/shared.',
          })),
      },
    ],
  },
}));

export default ts.config(
  { ignores: ['dist', 'node_modules', '.svelte-check', 'src/shared/api/schema.d.ts'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  {
    files: ['build/**', 'tests/**', '*.config.*'],
    languageOptions: { globals: { ...globals.node } },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.svelte'],
    rules: {
      // A strict CSP blocks style attributes; style:property goes through the CSSOM and is allowed.
      'no-restricted-syntax': [
        'error',
        { selector: "SvelteAttribute[key.name='style']", message: 'Use a class or a style:property directive.' },
      ],
      'svelte/no-at-html-tags': 'error',
      'svelte/button-has-type': 'error',
      'svelte/no-target-blank': 'error',
      // Our links are plain paths of one origin; SvelteKit's resolve() does not exist here.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['src/shared/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: `/(${surfaces.join('|')})/`, message: 'Shared code knows no surface.' }] },
      ],
    },
  },
  { files: ['tests/**', 'build/**'], rules: { 'no-console': 'off' } },
  ...ownGround,
);
