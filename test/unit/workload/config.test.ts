import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { canonicalText, type Json, sha256Hex } from '#schemas/canonical.ts';
import { plainLaw, plainWallet, splitOf } from '#test/support/law.ts';
import { readWorkloadConfig } from '#workload/config.ts';

const TEXT = canonicalText(plainLaw([plainWallet(splitOf(2, 3))]) as Json);
const folder = mkdtempSync(join(tmpdir(), 'keyturn-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const read = (text: string, turn = 'hot/7') => {
  writeFileSync(join(folder, 'law.json'), text);
  return readWorkloadConfig(folder, { KEYTURN_TURN: turn });
};

test('the law of the image has the hash of the measured file itself', () => {
  const config = read(TEXT);
  expect(config.lawHash).toBe(sha256Hex(new TextEncoder().encode(TEXT)));
  expect([config.wallet.name, config.turn]).toEqual(['hot', 7n]);
});

/** Other readers of the same bytes could take another value, or hash another text. */
test.each<[string, string, RegExp]>([
  ['a name twice at the top, the true one last', `{"name":"other",${TEXT.slice(1)}`, /name stands twice/],
  ['a name twice below', TEXT.replace('"threshold":', '"threshold":1,"threshold":'), /name stands twice/],
  ['a name twice with one value', TEXT.replace('"epoch":1', '"epoch":1,"epoch":1'), /name stands twice/],
  ['another order or other spaces', JSON.stringify(JSON.parse(TEXT), null, 2), /canonical text/],
  ['a line end behind it', `${TEXT}\n`, /canonical text/],
  ['no JSON', TEXT.slice(1), /is not JSON/],
  ['no law', '{}', /law\.name/],
])('an image refuses %s', (_, text, words) => {
  expect(text).not.toBe(TEXT);
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'CONFIG', message: expect.stringMatching(words) }));
});

test.each(['', 'hot', 'hot/0', 'other/1', 'hot/1/2'])('an image refuses the turn %j', (turn) => {
  expect(() => read(TEXT, turn)).toThrow(expect.objectContaining({ code: 'CONFIG' }));
});
