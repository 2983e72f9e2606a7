import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  resolve: { alias: { $shared: fileURLToPath(new URL('./src/shared', import.meta.url)) } },
  server: { fs: { allow: ['.', '../infra/runbooks'] } },
  test: {
    environment: 'happy-dom',
    pool: 'threads',
    isolate: false,
    setupFiles: ['tests/unit/setup.ts'],
    include: ['tests/unit/**/*.test.ts', 'src/**/*.test.ts'],
    // A town in Germany, a machine anywhere: the times shown must not depend on it.
    env: { TZ: 'America/New_York' },
    restoreMocks: true,
  },
});
