import { getAddress } from 'ethers';
import { expect, test } from 'vitest';
import { sameEnds } from '#cli/addresses/alike.ts';
import { beside, bookOf } from '#cli/addresses/book.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { type Law, parseLaw } from '#schemas/config.ts';
import { skeletonOf } from '#schemas/look-alike.ts';
import { plainLaw, plainWallet, splitOf } from '#test/support/law.ts';
import fc from '#test/support/properties.ts';

const WALLET = plainWallet(splitOf(2, 3));
const parsed = (names: unknown): Law | undefined => {
  const chains = [{ chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted: true, names }];
  try {
    return parseLaw(plainLaw([WALLET], { chains })).law;
  } catch (error) {
    if (isKeyturnError(error, 'CONFIG')) return undefined;
    throw error;
  }
};

const address = fc.stringMatching(/^[0-9a-f]{40}$/).map((digits) => getAddress(`0x${digits}`));
const name = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 .,&+_'-]{0,20}$/) },
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const entry = fc.record({ address, name });

test('no value at all makes the parser of a book throw anything but CONFIG', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (value) => {
      parsed([value]);
      parsed(value);
    }),
    { numRuns: 200 },
  );
});

test('whatever is accepted is plain, is no address, and is one name for one thing', () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 4 }), (names) => {
      const book = parsed(names)?.chains[0]?.names;
      if (book === undefined) return;
      accepted++;
      expect(book).toEqual(names);
      for (const each of book) {
        expect(each.name).toMatch(/^[\x20-\x7e]{1,48}$/);
        expect(each.name).toBe(each.name.trim());
        expect(each.name).toMatch(/[A-Za-z]/);
        expect(each.name).not.toMatch(/0x|[0-9a-f]{16}/i);
      }
      expect(new Set(book.map((one) => skeletonOf(one.name))).size).toBe(book.length);
      expect(new Set(book.map((one) => one.address)).size).toBe(book.length);
    }),
    { numRuns: 500 },
  );
  expect(accepted).toBeGreaterThan(50);
});

test('a name stands beside its address and never instead: without what was added, every line is as it was', () => {
  fc.assert(
    fc.property(entry, fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (one, before, after) => {
      const law = parsed([one]);
      if (law === undefined) return;
      const line = `${before} ${one.address} ${after}`;
      const told = beside(line, bookOf(law, '31337'));
      expect(told).toBe(`${before} ${one.address} (“${one.name}”) ${after}`);
    }),
  );
});

/** Worked out digit by digit, in another way than the code does. */
const endsOf = (a: string, b: string): readonly [number, number] => {
  let [first, last] = [0, 0];
  while (first < 40 && a.toLowerCase()[2 + first] === b.toLowerCase()[2 + first]) first++;
  while (last < 40 && a.toLowerCase()[41 - last] === b.toLowerCase()[41 - last]) last++;
  return [first, last];
};

test('addresses look alike by their ends alone, whichever comes first, and never an address itself', () => {
  const digit = fc.constantFrom(...'0123456789abcdef');
  const twin = fc
    .tuple(address, fc.nat({ max: 12 }), fc.nat({ max: 12 }), fc.array(digit, { minLength: 40, maxLength: 40 }))
    .map(([one, first, last, fresh]) => {
      const digits = one.slice(2).toLowerCase();
      return [
        one,
        getAddress(`0x${digits.slice(0, first)}${fresh.join('').slice(first, 40 - last)}${digits.slice(40 - last)}`),
      ];
    });
  let alike = 0;
  fc.assert(
    fc.property(twin, ([one = '', other = '']) => {
      const found = sameEnds(one, other);
      expect(sameEnds(other, one)).toEqual(found);
      expect(sameEnds(one, one)).toBeUndefined();
      const [first, last] = endsOf(one, other);
      expect(found).toEqual(
        one !== other && first >= 3 && last >= 3 && first + last >= 8 ? { first, last } : undefined,
      );
      if (found !== undefined) alike++;
    }),
    { numRuns: 500 },
  );
  expect(alike).toBeGreaterThan(100);
});
