import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { descriptorHashOf, resolved } from '#cli/clear/includes.ts';
import { erc20, poolWhole, router, safe } from '#test/support/clear/descriptors.ts';

const FOLDER = fileURLToPath(new URL('../../docs/verify', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('SKIPPED: the second computation of the hashes of descriptors (python3 is not installed)');

/** Keccak of docs/verify, and the canonical text by Python: for members in ASCII and whole numbers RFC 8785 is the sorted, dense JSON. */
const SECOND = `
import json, sys
sys.path.insert(0, sys.argv[1])
from verify import keccak256
for line in sys.stdin:
    text = json.dumps(json.loads(line), sort_keys=True, separators=(',', ':'), ensure_ascii=False)
    print('0x' + keccak256(text.encode()).hex())
`;

const secondOf = (values: readonly unknown[]): readonly string[] => {
  const input = values.map((value) => JSON.stringify(value)).join('\n');
  const ran = spawnSync('python3', ['-B', '-c', SECOND, FOLDER], { input, encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  return ran.stdout.trim().split('\n');
};

/** ERC-8176: keccak256 of the RFC 8785 text. */
describe('the hash of a descriptor', () => {
  test('is that of other implementations, with numbers, null and letters of every plane', () => {
    const value = {
      b: 2,
      a: ['x', 1.5, null, true],
      unicode: 'D\u00fcrer \u263a \u{1d11e}',
      nested: { z: 1e21, y: 10_000_000 },
    };
    // The known answer that a public wallet library tests its own ERC-8176 hash by. verify.py makes the same of the RFC 8785 text written by hand.
    expect(descriptorHashOf(value)).toBe('0xfccf25db4416defbd0c33f31039232d791df215ab38e2ebe1e2a761fb4f1ba24');
  });

  test.skipIf(!hasPython)('is that of a second computation, for whole descriptors', () => {
    const all = [erc20(), router(), poolWhole(), safe()];
    const plain = all.map((one) => JSON.parse(JSON.stringify(one)));
    expect(plain.map(descriptorHashOf)).toEqual(secondOf(plain));
  });

  test.skipIf(!hasPython)('covers what it includes, and leaves out the member that named it', async () => {
    const shared = { metadata: { owner: 'Theirs', constants: { a: 1 } }, display: { formats: {} } };
    const files: Record<string, object> = {
      'a.json': { includes: './b.json', metadata: { owner: 'Mine' } },
      'b.json': shared,
    };
    const whole = await resolved('a.json', async (name) => JSON.parse(JSON.stringify(files[name])));
    const byHand = { metadata: { owner: 'Mine', constants: { a: 1 } }, display: { formats: {} } };
    expect([descriptorHashOf(whole)]).toEqual(secondOf([byHand]));
  });
});
