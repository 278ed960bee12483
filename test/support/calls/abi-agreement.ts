import { decodeAbiParameters, encodeAbiParameters, type Hex } from 'viem';
import { expect } from 'vitest';
import { decodeArguments } from '#core/calls/decode.ts';
import { abiFunction } from '#schemas/abi.ts';
import fc from '#test/support/properties.ts';
import { type AbiCase, abiCase, functionText, plainValue } from './abi-cases.ts';

export const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.slice(2), 'hex'));
export const hexOf = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`;

/** Does encoding again what viem reads give the same bytes? viem reads what it can, canonical or not. */
export const reencodesAlike = ({ inputs }: Pick<AbiCase, 'inputs'>, bytes: Uint8Array): boolean => {
  try {
    const values = inputs.length === 0 ? [] : decodeAbiParameters(inputs, hexOf(bytes));
    return encodeAbiParameters(inputs, values) === hexOf(bytes);
  } catch {
    return false;
  }
};

/** Our decoder and viem's, on as many random functions and calls. */
export const agreesWithViem = (numRuns: number): void =>
  fc.assert(
    fc.property(abiCase, ({ inputs, values }) => {
      const bytes = bytesOf(encodeAbiParameters(inputs, values));
      const ours = decodeArguments(abiFunction(functionText(inputs)).inputs, bytes);
      const theirs = inputs.length === 0 ? [] : decodeAbiParameters(inputs, hexOf(bytes));
      expect(ours).toEqual({
        kind: 'decoded',
        values: inputs.map((one, n) => plainValue(one, Reflect.get(theirs, n))),
      });
    }),
    { numRuns },
  );

/** One changed, left out or added byte: admitted if, and only if, encoding again gives the same bytes. */
export const refusesWhatReencodesOtherwise = (numRuns: number): void =>
  fc.assert(
    fc.property(
      abiCase.filter(({ inputs }) => inputs.length > 0),
      fc.nat(),
      fc.oneof(fc.constantFrom(0, 1, 2, 31, 32, 64, 128, 255), fc.nat({ max: 255 })),
      fc.constantFrom('change', 'change', 'change', 'cut', 'add'),
      (one, place, byte, how) => {
        const right = bytesOf(encodeAbiParameters(one.inputs, one.values));
        const at = place % right.length;
        const wrong = how === 'cut' ? right.slice(0, at) : Uint8Array.from(how === 'add' ? [...right, byte] : right);
        if (how === 'change') wrong[at] = byte;
        const { kind } = decodeArguments(abiFunction(functionText(one.inputs)).inputs, wrong);
        expect([hexOf(wrong), kind]).toEqual([hexOf(wrong), reencodesAlike(one, wrong) ? 'decoded' : 'non-canonical']);
      },
    ),
    { numRuns },
  );
