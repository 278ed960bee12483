import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { requestTrace } from '#schemas/trace-ids.ts';

const ID = '4f3c'.repeat(16);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('the trace of a request is worked out from its id alone, as docs/telemetry.md says', () => {
  // printf 'keyturn/v1/trace/%s' "$ID" | sha256sum | cut -c1-32
  expect(requestTrace(ID).traceId).toBe(sha256(`keyturn/v1/trace/${ID}`).slice(0, 32));
  expect(requestTrace(ID).traceId).toBe('c531f18eb1d8e0b3814d9b7bd5f55a54');
  expect(requestTrace(ID).spanId).toBe(sha256(`keyturn/v1/span/request/${ID}`).slice(0, 16));
});

test.skipIf(process.platform === 'win32')('the commands of the page give the same ids (SKIPPED on Windows)', () => {
  const page = readFileSync(new URL('../../../docs/telemetry.md', import.meta.url), 'utf8');
  const commands = page.split('\n').filter((line) => line.startsWith('printf '));
  const given = commands.map((line) => execFileSync('sh', ['-c', line], { env: { ...process.env, ID } }).toString());
  expect(given.map((text) => text.trim())).toEqual(Object.values(requestTrace(ID)));
});

test('each part is another span of the same trace, and each request another trace', () => {
  const [root, part] = [requestTrace(ID), requestTrace(ID, 'sealed-sent')];
  expect(part.traceId).toBe(root.traceId);
  expect(part.spanId).not.toBe(root.spanId);
  expect(requestTrace('4f3d'.repeat(16)).traceId).not.toBe(root.traceId);
  // W3C Trace Context: not all zero, and of these lengths.
  expect(root).toEqual({
    traceId: expect.stringMatching(/^(?!0{32})[0-9a-f]{32}$/),
    spanId: expect.stringMatching(/^(?!0{16})[0-9a-f]{16}$/),
  });
});
