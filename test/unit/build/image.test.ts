import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { imageSettings } from '../../../build/build.ts';
import { imageFiles, reviewedImageFiles } from '../../../build/image-files.ts';

test('the local launcher reads what the Dockerfile says', () => {
  expect(
    imageSettings('FROM x\nENV A=b\nENV C="d e"\nLABEL "l.m"="n"\nLABEL o=p\nENTRYPOINT ["node", "main.js"]\n'),
  ).toEqual({
    entrypoint: ['node', 'main.js'],
    env: { A: 'b', C: 'd e' },
    labels: { 'l.m': 'n', o: 'p' },
  });
});

test('the image admits the turn from outside and nothing else, and hides no refusal', () => {
  const { labels } = imageSettings(readFileSync(new URL('../../../workload/Dockerfile', import.meta.url), 'utf8'));
  expect(labels['tee.launch_policy.allow_env_override']).toBe('KEYTURN_TURN');
  expect(labels['tee.launch_policy.log_redirect']).toBe('always');
  // Whatever else is said of the launch policy is said to forbid it.
  for (const [label, value] of Object.entries(labels))
    if (label.startsWith('tee.launch_policy.allow_') && label !== 'tee.launch_policy.allow_env_override')
      expect([label, value]).toEqual([label, expect.stringMatching(/^(false|)$/)]);
});

test('the measured image holds the files that were reviewed, and no other', async () => {
  const files = await imageFiles();
  process.stdout.write(`files and packages of the measured image:\n${files}`);
  // Changed on purpose? `npm run image:files -- --write`, and review the difference as code that can sign.
  expect(files).toBe(reviewedImageFiles());
});
