import { getAddress } from 'ethers';
import { z } from 'zod';
import type { AbiType } from '#schemas/abi.ts';
import type { Metadata } from './descriptor.ts';
import { OutsideSubset, type Path } from './path.ts';

/** Where an address comes from: of the call, or written by whoever wrote the descriptor (EIP-55). */
export type AddressSource = Path | { readonly kind: 'constant'; readonly address: string };

export type Format =
  | { readonly kind: 'raw' | 'amount' | 'addressName' | 'date' | 'duration' }
  | {
      readonly kind: 'tokenAmount';
      readonly token: AddressSource | undefined;
      /** Addresses that stand for the chain's own coin. */
      readonly native: readonly string[];
      readonly threshold: bigint | undefined;
      readonly message: string;
    }
  | { readonly kind: 'unit'; readonly base: string; readonly decimals: number }
  | { readonly kind: 'enum'; readonly names: ReadonlyMap<string, string> }
  | { readonly kind: 'calldata'; readonly callee: AddressSource; readonly amount: Path | undefined };

/** Formats of ERC-7730 that are not rendered here: the function that uses one is shown raw. */
const OUTSIDE = ['nftName', 'tokenTicker', 'chainId', 'interoperableAddressName', 'number', 'bytes32', 'percentage'];

export interface FormatContext {
  /** Undefined for a literal. */
  readonly type: AbiType | undefined;
  readonly metadata: Metadata;
  readonly resolve: (path: string) => Path;
}

const text = z.string().min(1).max(200);
const texts = z.array(text).max(16);

const checked = <T>(schema: z.ZodType<T>, params: Readonly<Record<string, unknown>>, format: string): T => {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new RangeError(`params of ${format}: ${first?.path.join('.') ?? ''} ${first?.message.slice(0, 200) ?? ''}`);
};

const nothing = z.strictObject({});

const constantOf = (value: unknown, { constants = {} }: Metadata): unknown => {
  if (typeof value === 'object' && value !== null && 'map' in value) throw new OutsideSubset('a field uses a map');
  if (typeof value !== 'string' || !value.startsWith('$.')) return value;
  const name = value.startsWith('$.metadata.constants.') ? value.slice(21) : '';
  if (!Object.hasOwn(constants, name)) throw new RangeError(`${value.slice(0, 80)} names no constant`);
  return constants[name];
};

const addressOf = (value: unknown): string => {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(value)) throw new RangeError('a constant is no address');
  return getAddress(value.toLowerCase());
};

const sourceOf = (
  path: string | undefined,
  value: unknown,
  { metadata, resolve }: FormatContext,
): AddressSource | undefined => {
  if (path !== undefined && value !== undefined) throw new RangeError('params name an address twice');
  if (value !== undefined) return { kind: 'constant', address: addressOf(constantOf(value, metadata)) };
  if (path === undefined) return undefined;
  if (path.startsWith('$.')) return { kind: 'constant', address: addressOf(constantOf(path, metadata)) };
  const found = resolve(path);
  if (found.type.kind !== 'address') throw new RangeError(`${path.slice(0, 80)} is no address`);
  return found;
};

const wholeOf = (value: unknown): bigint | undefined => {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^(0x[0-9a-fA-F]{1,64}|[0-9]{1,78})$/.test(value)) return BigInt(value);
  throw new RangeError('threshold is no whole number');
};

const tokenAmount = (params: Readonly<Record<string, unknown>>, context: FormatContext): Format => {
  if ('chainId' in params || 'chainIdPath' in params) throw new OutsideSubset('a field names a token of another chain');
  const shape = z.strictObject({
    tokenPath: text.optional(),
    token: z.unknown().optional(),
    nativeCurrencyAddress: z.union([text, texts]).optional(),
    threshold: z.unknown().optional(),
    message: z.string().min(1).max(40).optional(),
  });
  const {
    tokenPath,
    token,
    nativeCurrencyAddress: native = [],
    threshold,
    message,
  } = checked(shape, params, 'tokenAmount');
  return {
    kind: 'tokenAmount',
    token: sourceOf(tokenPath, token, context),
    native: [native]
      .flat()
      .flatMap((each) => constantOf(each, context.metadata))
      .map(addressOf),
    threshold: wholeOf(constantOf(threshold, context.metadata)),
    message: message ?? 'Unlimited',
  };
};

const enumOf = (params: Readonly<Record<string, unknown>>, { metadata: { enums = {} } }: FormatContext): Format => {
  const { $ref } = checked(z.strictObject({ $ref: text }), params, 'enum');
  const name = $ref.startsWith('$.metadata.enums.') ? $ref.slice(17) : '';
  if (!Object.hasOwn(enums, name)) throw new RangeError(`${$ref.slice(0, 80)} names no enum`);
  return { kind: 'enum', names: new Map(Object.entries(enums[name] ?? {})) };
};

const calldata = (params: Readonly<Record<string, unknown>>, context: FormatContext): Format => {
  for (const name of ['selector', 'selectorPath', 'chainId', 'chainIdPath', 'spender', 'spenderPath', 'amount'])
    if (name in params) throw new OutsideSubset(`a call within the call uses ${name}`);
  const shape = z.strictObject({
    calleePath: text.optional(),
    callee: z.unknown().optional(),
    amountPath: text.optional(),
  });
  const { calleePath, callee, amountPath } = checked(shape, params, 'calldata');
  const source = sourceOf(calleePath, callee, context);
  if (source === undefined) throw new RangeError('calldata takes callee or calleePath');
  const amount = amountPath === undefined ? undefined : context.resolve(amountPath);
  if (amount !== undefined && amount.type.kind !== 'uint') throw new RangeError('amountPath is no number');
  return { kind: 'calldata', callee: source, amount };
};

const KINDS: Readonly<Record<string, readonly AbiType['kind'][]>> = {
  amount: ['uint'],
  tokenAmount: ['uint'],
  addressName: ['address'],
  date: ['uint', 'int'],
  duration: ['uint', 'int'],
  unit: ['uint', 'int'],
  enum: ['uint', 'int', 'bool', 'fixedBytes'],
  calldata: ['bytes'],
};

const mustFit = (format: string, { type }: FormatContext): void => {
  const kinds = Object.hasOwn(KINDS, format) ? KINDS[format] : undefined;
  if (kinds === undefined) return;
  if (type === undefined) throw new RangeError(`a literal value has no format ${format}`);
  if (!kinds.includes(type.kind)) throw new RangeError(`${format} does not fit the type ${type.kind}`);
};

/** Throws RangeError, in words for who wrote the descriptor, and OutsideSubset. */
export const formatOf = (name: string, params: Readonly<Record<string, unknown>>, context: FormatContext): Format => {
  if (OUTSIDE.includes(name)) throw new OutsideSubset(`a field has the format ${name}`);
  mustFit(name, context);
  switch (name) {
    case 'raw':
    case 'amount':
    case 'duration':
      checked(nothing, params, name);
      return { kind: name };
    case 'addressName': {
      if ('senderAddress' in params) throw new OutsideSubset('a field names a sender address');
      // Names of strangers' sources are never looked up: an address has the name that the law gives it, or none.
      checked(z.strictObject({ types: texts.optional(), sources: texts.optional() }), params, name);
      return { kind: name };
    }
    case 'date': {
      const { encoding } = checked(z.strictObject({ encoding: z.enum(['timestamp', 'blockheight']) }), params, name);
      if (encoding === 'blockheight') throw new OutsideSubset('a date is a height of blocks');
      return { kind: name };
    }
    case 'unit': {
      const shape = z.strictObject({
        base: z.string().min(1).max(16),
        decimals: z.number().int().min(0).max(77).default(0),
        prefix: z.boolean().default(false),
      });
      const { base, decimals, prefix } = checked(shape, params, name);
      if (prefix) throw new OutsideSubset('a unit takes an SI prefix');
      return { kind: name, base, decimals };
    }
    case 'tokenAmount':
      return tokenAmount(params, context);
    case 'enum':
      return enumOf(params, context);
    case 'calldata':
      return calldata(params, context);
    default:
      throw new RangeError(`${name} is no format of ERC-7730`);
  }
};
