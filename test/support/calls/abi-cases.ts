import type { AbiParameter as ViemParameter } from 'viem';
import fc from '#test/support/properties.ts';

/** A random function and arguments for it, in the shapes that viem takes. */
export interface AbiCase {
  readonly inputs: readonly ViemParameter[];
  readonly values: readonly unknown[];
}

interface Member {
  readonly parameter: ViemParameter;
  readonly value: fc.Arbitrary<unknown>;
}

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;
const bytesOf = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength }).map(hex);
const bits = fc.integer({ min: 1, max: 32 }).map((n) => n * 8);

/** Small ones, those at the edges of the type, and any. */
const integerOf = (kind: 'uint' | 'int', size: number): fc.Arbitrary<bigint | number> => {
  const [min, max] =
    kind === 'uint' ? [0n, 2n ** BigInt(size) - 1n] : [-(2n ** BigInt(size - 1)), 2n ** BigInt(size - 1) - 1n];
  const any = fc.oneof(fc.constantFrom(min, max, 0n, 1n), fc.bigInt({ min, max }));
  // viem reads up to 48 bits as a number.
  return size <= 48 ? any.map(Number) : any;
};

const elementary: fc.Arbitrary<Member> = fc.oneof(
  fc.tuple(fc.constantFrom('uint' as const, 'int' as const), bits).map(([kind, size]) => ({
    parameter: { name: '', type: `${kind}${size}` },
    value: integerOf(kind, size),
  })),
  fc.constant({ parameter: { name: '', type: 'address' }, value: bytesOf(20, 20) }),
  fc.constant({ parameter: { name: '', type: 'bool' }, value: fc.boolean() }),
  fc
    .integer({ min: 1, max: 32 })
    .map((size) => ({ parameter: { name: '', type: `bytes${size}` }, value: bytesOf(size, size) })),
  fc.constant({ parameter: { name: '', type: 'bytes' }, value: bytesOf(0, 70) }),
  fc.constant({ parameter: { name: '', type: 'string' }, value: fc.string({ unit: 'binary', maxLength: 40 }) }),
);

const arrayOf = ({ parameter, value }: Member, length: number | undefined): Member => ({
  parameter: { ...parameter, type: `${parameter.type}[${length ?? ''}]` },
  value: fc.array(value, length === undefined ? { maxLength: 4 } : { minLength: length, maxLength: length }),
});

const tupleOf = (members: readonly Member[]): Member => {
  const components = members.map(({ parameter }, n) => ({ ...parameter, name: `m${n}` }));
  const named = Object.fromEntries(members.map(({ value }, n) => [`m${n}`, value]));
  return { parameter: { name: '', type: 'tuple', components }, value: fc.record(named) };
};

const memberOf = (depth: number): fc.Arbitrary<Member> =>
  depth === 0
    ? elementary
    : fc.oneof(
        { weight: 4, arbitrary: elementary },
        {
          weight: 2,
          arbitrary: fc
            .tuple(memberOf(depth - 1), fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }))
            .map(([member, length]) => arrayOf(member, length)),
        },
        { weight: 1, arbitrary: fc.array(memberOf(depth - 1), { minLength: 1, maxLength: 3 }).map(tupleOf) },
      );

/** Any function of up to five parameters, arrays and tuples up to three deep, with arguments. */
export const abiCase: fc.Arbitrary<AbiCase> = fc.array(memberOf(3), { maxLength: 5 }).chain((members) =>
  fc.tuple(...members.map(({ value }) => value)).map((values) => ({
    inputs: members.map(({ parameter }, n) => ({ ...parameter, name: `a${n}` })),
    values,
  })),
);

const typeText = (parameter: ViemParameter): string => {
  if (!parameter.type.startsWith('tuple')) return parameter.type;
  const components = 'components' in parameter ? parameter.components : [];
  return `(${components.map((one) => `${typeText(one)} ${one.name}`).join(', ')})${parameter.type.slice('tuple'.length)}`;
};

/** The function as the law writes it. */
export const functionText = (inputs: readonly ViemParameter[]): string =>
  `f(${inputs.map((one) => `${typeText(one)} ${one.name}`).join(', ')})`;

/** What viem read, in the shapes of our decoder: numbers as bigint, tuples as lists. */
export const plainValue = (parameter: ViemParameter, value: unknown): unknown => {
  const array = /^(.*)\[[0-9]*\]$/.exec(parameter.type);
  if (array !== null && Array.isArray(value))
    return value.map((one) => plainValue({ ...parameter, type: array[1] ?? '' }, one));
  if (parameter.type === 'tuple' && 'components' in parameter)
    return parameter.components.map((one, n) =>
      plainValue(one, Array.isArray(value) ? value[n] : Reflect.get(Object(value), one.name ?? '')),
    );
  return typeof value === 'number' ? BigInt(value) : value;
};
