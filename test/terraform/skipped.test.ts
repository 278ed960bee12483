import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { POLICIES } from './policies/all.ts';
import { ROOT } from './used-types.ts';

it('a run without terraform says how many policies it did not judge', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['test/terraform/skipped.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: '' },
  });
  expect({ stdout, stderr }).toEqual({
    stdout: `SKIPPED: terraform is not installed: ${Object.keys(POLICIES).length} policies were not judged\n`,
    stderr: '',
  });
});
