import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import kernLogical from './build/kern-postcss.mjs';
import { serviceWorker } from './build/sw-plugin.ts';
import { surfacePaths, surfaces } from './build/surfaces.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const backend = process.env['LOTSE_BACKEND'] ?? 'http://127.0.0.1:8080';
const fromBackend = ['/api', '/hooks', '/brand.css', '/app.webmanifest'];

export default defineConfig({
  plugins: [
    svelte(),
    surfacePaths(),
    serviceWorker({
      entry: 'src/citizen/sw.ts',
      // Only what the citizen app needs without a network; the other surfaces bring their own devices.
      include: (file) =>
        file === 'index.html' ||
        /^(icon-192\.png|favicon\.svg)$/.test(file) ||
        (/^assets\//.test(file) &&
          !/^assets\/(terminal|display|desk|ops|phone|work|voice|speaker|words)-/.test(file) &&
          !/(cyrillic|arabic|latin-ext).*\.woff2$/.test(file)),
    }),
  ],
  resolve: { alias: { $shared: here('./src/shared') } },
  css: { postcss: { plugins: [kernLogical()] } },
  build: {
    target: 'es2022',
    // A strict CSP has no data: fonts, and small files cache better on their own.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: Object.fromEntries(surfaces.map(({ file }) => [file, here(`./${file}.html`)])),
      output: {
        codeSplitting: {
          groups: [
            { name: 'kern', test: /@kern-ux|styles\/kern\.css/ },
            { name: 'shared', test: /node_modules\/(svelte|esm-env|clsx|openapi-fetch)\// },
          ],
        },
      },
    },
  },
  // Operations show the runbooks, which lie beside the alerts they belong to.
  server: { fs: { allow: ['.', '../infra/runbooks'] }, proxy: Object.fromEntries(fromBackend.map((path) => [path, { target: backend, changeOrigin: false }])) },
  preview: { proxy: Object.fromEntries(fromBackend.map((path) => [path, { target: backend }])) },
});
