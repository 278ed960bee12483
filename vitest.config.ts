import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Tests that put another module in the place of one, or load one anew, need modules of their own. The others share them: loading costs most. */
const replacing = globSync('test/unit/**/*.test.ts').filter((file) =>
  /\bvi\.(mock|resetModules)\(/.test(readFileSync(file, 'utf8')),
);

const project = (
  name: string,
  options: {
    include?: string[];
    isolate?: boolean;
    testTimeout?: number;
    fileParallelism?: boolean;
    maxWorkers?: number | string;
    sequence?: { groupOrder: number };
    globalSetup?: string;
    exclude?: string[];
  } = {},
) => ({
  // As many files at once as there are cores: vitest keeps one core free, which of two is half.
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    // What a machine under load needs to start is no less than what a test may take.
    hookTimeout: Math.max(30_000, options.testTimeout ?? 0),
    environment: 'node' as const,
    retry: 0,
    maxWorkers: '100%',
    ...options,
  },
});

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['core/decide/**/*.ts', 'core/register/**/*.ts'],
      reporter: ['text'],
      thresholds: {
        'core/decide/**/*.ts': { branches: 100 },
        'core/register/**/*.ts': { branches: 95 },
      },
    },
    projects: [
      project('unit', { testTimeout: 20_000, isolate: false, exclude: replacing }),
      project('unit/replacing', { testTimeout: 20_000, include: replacing }),
      project('tables', { testTimeout: 20_000, isolate: false }),
      project('property', { testTimeout: 60_000, isolate: false, exclude: ['test/property/long/**'] }),
      project('property/long', { testTimeout: 300_000 }),
      project('vectors', { testTimeout: 20_000, isolate: false }),
      project('contract', { testTimeout: 60_000, isolate: false, exclude: ['test/contract/long/**'] }),
      project('contract/long', { testTimeout: 120_000 }),
      project('hostile', { testTimeout: 120_000, fileParallelism: false }),
      project('simulation', { testTimeout: 180_000 }),
      project('faults', { testTimeout: 120_000, fileParallelism: false }),
      // Two labs at once: each waits as much as it works. After the others, since those have another number of workers.
      project('e2e', {
        testTimeout: 120_000,
        maxWorkers: 2,
        sequence: { groupOrder: 1 },
        exclude: ['test/e2e/long/**'],
      }),
      project('e2e/long', { testTimeout: 120_000, maxWorkers: 2, sequence: { groupOrder: 1 } }),
      project('terraform', { testTimeout: 60_000, globalSetup: 'test/terraform/setup.ts' }),
    ],
  },
});
