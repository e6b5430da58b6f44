import { defineConfig } from 'vitest/config';

// The checks of one variant build on one another in one editor: in order, one file at a time, on one browser.
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    fileParallelism: false,
    testTimeout: 150_000,
    hookTimeout: 240_000,
  },
});
