import { AbiCoder } from 'ethers';
import { encodeAbiParameters, parseAbiItem } from 'viem';
import { describe, expect, test } from 'vitest';
import { decodeArguments, MAX_CALL_BYTES } from '#core/calls/decode.ts';
import { abiFunction } from '#schemas/abi.ts';
import {
  agreesWithViem,
  bytesOf,
  hexOf,
  reencodesAlike,
  refusesWhatReencodesOtherwise,
} from '#test/support/calls/abi-agreement.ts';
import { abiCase, functionText } from '#test/support/calls/abi-cases.ts';
import fc from '#test/support/properties.ts';

// The first of the ten thousand that test/property/long looks at.
test('the decoder reads what viem reads, of any function', () => agreesWithViem(1500));

test('it admits what encodes again to the same bytes, and nothing else', () => refusesWhatReencodesOtherwise(1500));

test('it reads what ethers wrote, and ethers writes again what it read', () => {
  fc.assert(
    fc.property(abiCase, ({ inputs, values }) => {
      const text = functionText(inputs);
      const types = abiFunction(text);
      const bytes = encodeAbiParameters(inputs, values);
      const read = decodeArguments(types.inputs, bytesOf(bytes));
      const names = /^f\((.*)\)$/.exec(types.signature)?.[1] ?? '';
      const again =
        read.kind === 'decoded' ? AbiCoder.defaultAbiCoder().encode([`tuple(${names})`], [read.values]) : '';
      // As one tuple: where it is dynamic, its offset comes first.
      const dynamic = types.inputs.some(({ type }) => type.dynamic);
      expect(again.replace(dynamic ? `0x${'0'.repeat(62)}20` : '0x', '0x')).toBe(bytes);
    }),
    { numRuns: 300 },
  );
});

const word = (value: bigint | number): string => BigInt.asUintN(256, BigInt(value)).toString(16).padStart(64, '0');
const text = (ascii: string): string => Buffer.from(ascii).toString('hex').padEnd(64, '0');
const ADDRESS = '35'.repeat(20);

describe('each form that is not canonical, by name', () => {
  test.each([
    ['ends-early', 'f(uint256 a, uint256 b)', word(1)],
    ['ends-early', 'f(bytes a)', word(32) + word(33) + text('x')],
    ['ends-early', 'f(bytes a)', word(32) + word(2n ** 255n)],
    ['ends-early', 'f(uint256[] a)', word(32) + word(2) + word(7)],
    ['ends-early', 'f(uint256[] a)', word(32) + word(2n ** 64n - 1n)],
    ['ends-early', 'f(bytes a)', `${word(32) + word(1)}61`],
    ['trailing-bytes', 'f(uint256 a)', `${word(1)}00`],
    ['trailing-bytes', 'f(uint256 a)', word(1) + word(0)],
    ['trailing-bytes', 'f()', word(0)],
    ['trailing-bytes', 'f(string a)', word(32) + word(1) + text('a') + word(0)],
    ['overlapping-offset', 'f(bytes a, bytes b)', word(64) + word(64) + word(1) + text('a')],
    ['overlapping-offset', 'f(bytes a)', word(0)],
    ['overlapping-offset', 'f(bytes[] a)', word(32) + word(2) + word(64) + word(64) + word(1) + text('a')],
    ['gap-before-offset', 'f(bytes a)', word(64) + word(0) + word(1) + text('a')],
    ['gap-before-offset', 'f(bytes a)', word(2n ** 256n - 1n) + word(0)],
    ['gap-before-offset', 'f(bytes a, bytes b)', word(128) + word(64) + word(1) + text('b') + word(1) + text('a')],
    ['gap-before-offset', 'f((bytes b) a)', word(32) + word(64) + word(0) + word(0)],
    ['dirty-address', 'f(address a)', `${'0'.repeat(23)}1${ADDRESS}`],
    ['dirty-address', 'f(address a)', `ff${'0'.repeat(22)}${ADDRESS}`],
    ['dirty-integer', 'f(uint8 a)', word(256)],
    ['dirty-integer', 'f(uint160 a)', word(2n ** 160n)],
    ['dirty-integer', 'f(int8 a)', word(128)],
    ['dirty-integer', 'f(int8 a)', word(255)],
    ['dirty-integer', 'f(int128[2] a)', word(0) + word(2n ** 255n)],
    ['dirty-bool', 'f(bool a)', word(2)],
    ['dirty-bool', 'f(bool a)', word(2n ** 255n)],
    ['dirty-fixed-bytes', 'f(bytes4 a)', `a9059cbb01${'0'.repeat(54)}`],
    ['dirty-fixed-bytes', 'f(bytes31 a)', word(1)],
    ['dirty-padding', 'f(string a)', `${word(32) + word(1)}6161${'0'.repeat(60)}`],
    ['dirty-padding', 'f(bytes a)', word(32) + word(31) + 'ff'.repeat(32)],
    ['broken-text', 'f(string a)', `${word(32) + word(1)}ff${'0'.repeat(62)}`],
    ['broken-text', 'f(string a)', `${word(32) + word(3)}eda080${'0'.repeat(58)}`],
    ['broken-text', 'f(string a)', `${word(32) + word(2)}c080${'0'.repeat(60)}`],
  ])('%s: %s', (cause, declared, hex) => {
    const bytes = bytesOf(`0x${hex}`);
    const { inputs } = abiFunction(declared);
    expect(decodeArguments(inputs, bytes)).toEqual({ kind: 'non-canonical', cause });
    const item = parseAbiItem(`function ${declared}`);
    expect(reencodesAlike({ inputs: 'inputs' in item ? item.inputs : [] }, bytes)).toBe(false);
  });

  test('too-large: above 128 KiB, whatever is in it', () => {
    const { inputs } = abiFunction('f(bytes a)');
    const most = (length: number) => bytesOf(`0x${word(32)}${word(length - 64)}${'00'.repeat(length - 64)}`);
    expect(decodeArguments(inputs, most(MAX_CALL_BYTES)).kind).toBe('decoded');
    expect(decodeArguments(inputs, most(MAX_CALL_BYTES + 32))).toEqual({ kind: 'non-canonical', cause: 'too-large' });
  });
});

/** ms for one input of up to 5 KiB, and for one of 128 KiB. A hundred times and more of what they take on an idle core. */
const [MAX_SMALL_MS, MAX_LARGE_MS] = [50, 500];

/** What `work` gives. Throws where it takes longer, three times in a row: a core that others use makes one slow, and no input does. */
const soon = <T>(work: () => T, ms: number): T => {
  for (let tries = 0; tries < 3; tries++) {
    const start = performance.now();
    const result = work();
    if (performance.now() - start <= ms) return result;
  }
  throw new Error(`it took longer than ${ms} ms, three times`);
};

describe('what grows without bytes is refused', () => {
  /** Head after head that points at the same place, or claims more than there is. */
  const nested = (depth: number): string => `f(uint256${'[]'.repeat(depth)} a)`;

  test.each([1, 2, 5, 7])('%i lists deep, each claiming to be long', (depth) => {
    const bytes = bytesOf(`0x${word(32)}${word(2 ** 17).repeat(4000)}`);
    expect(soon(() => decodeArguments(abiFunction(nested(depth)).inputs, bytes), MAX_LARGE_MS)).toEqual({
      kind: 'non-canonical',
      cause: 'ends-early',
    });
  });

  test('lists that share one tail, which would be read for each of them', () => {
    const bytes = bytesOf(`0x${word(32)}${word(4000)}${word(4000 * 32).repeat(4000)}${word(0)}`);
    const read = soon(() => decodeArguments(abiFunction(nested(2)).inputs, bytes), MAX_LARGE_MS);
    expect(read).toMatchObject({ kind: 'non-canonical' });
  });

  test('any bytes, as any function: an answer, soon, of each by itself', () => {
    fc.assert(
      fc.property(abiCase, fc.uint8Array({ maxLength: 4096 }), fc.nat({ max: 40 }), ({ inputs }, junk, words) => {
        // Small numbers in many places look like offsets and lengths.
        const bytes = Uint8Array.from([...bytesOf(`0x${word(32).repeat(words)}`), ...junk]);
        const types = abiFunction(functionText(inputs)).inputs;
        const { kind } = soon(() => decodeArguments(types, bytes), MAX_SMALL_MS);
        if (kind === 'decoded')
          expect(hexOf(bytes)).toBe(reencodesAlike({ inputs }, bytes) ? hexOf(bytes) : 'other bytes');
      }),
      { numRuns: 2000, interruptAfterTimeLimit: 15_000 },
    );
  });

  test('as many bytes as a call may have, as any function: an answer, soon, of each by itself', () => {
    fc.assert(
      fc.property(abiCase, fc.constantFrom(0, 32, 64, 4000 * 32, 2 ** 17), ({ inputs }, number) => {
        const bytes = bytesOf(`0x${word(32)}${word(number).repeat(MAX_CALL_BYTES / 32 - 1)}`);
        const types = abiFunction(functionText(inputs)).inputs;
        soon(() => decodeArguments(types, bytes), MAX_LARGE_MS);
      }),
      { numRuns: 200, interruptAfterTimeLimit: 15_000 },
    );
  });

  test('the bound is one that can be missed', () => {
    const busy = (ms: number) => () => {
      for (const end = performance.now() + ms; performance.now() < end; );
    };
    expect(() => soon(busy(20), 10)).toThrow('10 ms');
    expect(() => soon(busy(1), 1000)).not.toThrow();
  });
});
