import { beforeEach } from 'vitest';

/**
 * For a file or a describe whose tests go on from each other. After the first that fails the others are skipped, by its name. What they
 * would say is that failure again, in other words and after as many deadlines.
 */
export const oneStory = (): void => {
  let failed: string | undefined;
  beforeEach(({ task, skip, onTestFailed }) => {
    if (failed !== undefined) skip(`"${failed}" failed before`);
    onTestFailed(() => {
      failed = task.name;
    });
  });
};
