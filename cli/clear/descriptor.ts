import { z } from 'zod';
import { type AbiFunction, abiFunction } from '#schemas/abi.ts';
import { invalid, type JsonObject } from './bounded-json.ts';
import { type Field, fieldsOf, fieldsSchema } from './fields.ts';
import { type Interpolated, interpolatedOf } from './interpolated.ts';
import { OutsideSubset } from './path.ts';

/** What is read of an ERC-7730 v2 descriptor for calldata. Every text in it is a stranger's (docs/clear-signing.md). */
export interface Descriptor {
  readonly file: string;
  /** Of ERC-8176, with its includes resolved. */
  readonly hash: string;
  readonly deployments: readonly { readonly chainId: string; readonly address: string }[];
  readonly owner: string;
  readonly contractName: string;
  /** What it says of a token at its own address. */
  readonly token: { readonly ticker: string; readonly decimals: number } | undefined;
  /** By selector. */
  readonly functions: ReadonlyMap<string, FunctionWords>;
}

export interface FunctionWords {
  readonly function: AbiFunction;
  /** Why its words are not rendered; undefined where they are. */
  readonly outside: string | undefined;
  readonly intent: string;
  readonly sentence: Interpolated | undefined;
  readonly fields: readonly Field[];
}

const words = (most: number) => z.string().min(1).max(most);

/** Any spelling of the case: the chain's own is EIP-55, and registries write lower case too. */
const deployment = z.strictObject({
  chainId: z.number().int().min(1),
  address: z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'must be 0x and 40 hex digits'),
});

const SCHEMA_FILE = 'erc7730-v2.schema.json';

const formatSchema = z.strictObject({
  $id: words(200).optional(),
  intent: z.union([words(120), z.record(words(80), words(120))]).optional(),
  interpolatedIntent: words(400).optional(),
  fields: fieldsSchema,
  // Of earlier versions: whatever they say, nothing is left out here.
  required: z.array(z.string()).optional(),
  excluded: z.array(z.string()).optional(),
});

const constant = z.union([z.string().max(200), z.number(), z.boolean(), z.array(z.string().max(200)).max(16)]);

const schema = z.strictObject({
  $schema: z
    .string()
    .refine(
      (text) => text.split('/').at(-1) === SCHEMA_FILE,
      `must end in ${SCHEMA_FILE}: other versions are not read`,
    ),
  context: z.strictObject({
    $id: words(200).optional(),
    contract: z.strictObject({ deployments: z.array(deployment).min(1).max(256) }),
  }),
  metadata: z.strictObject({
    owner: words(80),
    contractName: words(80).optional(),
    info: z.record(z.string(), z.string()).optional(),
    token: z.strictObject({ name: words(80), ticker: words(20), decimals: z.number().int().min(0).max(77) }).optional(),
    constants: z.record(z.string(), constant).optional(),
    enums: z.record(z.string(), z.record(z.string(), words(80))).optional(),
    maps: z.unknown().optional(),
  }),
  display: z.strictObject({
    definitions: z.record(z.string(), z.unknown()).optional(),
    formats: z.record(z.string(), formatSchema),
  }),
});

export type Metadata = z.infer<typeof schema>['metadata'];
export type Definitions = Readonly<Record<string, unknown>>;

/** Formats of one descriptor. */
const MAX_FUNCTIONS = 256;

const intentText = (intent: z.infer<typeof formatSchema>['intent']): string => {
  if (intent === undefined || typeof intent === 'string') return intent ?? '';
  return Object.entries(intent)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
};

const functionWords = (
  key: string,
  format: z.infer<typeof formatSchema>,
  metadata: Metadata,
  definitions: Definitions,
): FunctionWords => {
  // ERC-7730 wants no space behind a comma, and registries write one.
  const declared = abiFunction(key.replaceAll(/, ?/g, ', '));
  const named = { function: declared, intent: intentText(format.intent) };
  try {
    const fields = fieldsOf(format.fields, declared, metadata, definitions);
    const { interpolatedIntent: text } = format;
    const sentence = text === undefined ? undefined : interpolatedOf(text, fields, declared);
    return { ...named, outside: undefined, sentence, fields };
  } catch (error) {
    if (!(error instanceof OutsideSubset)) throw error;
    return { ...named, outside: error.message, sentence: undefined, fields: [] };
  }
};

const inFile = <T>(file: string, where: string, make: () => T): T => {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid(file, `${where.slice(0, 80)}: ${error.message}`, error);
  }
};

/** Throws DESCRIPTOR_INVALID with the name of the file. `whole`: with its includes resolved. */
export const parseDescriptor = (whole: JsonObject, file: string, hash: string): Descriptor => {
  const parsed = schema.safeParse(whole);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw invalid(file, `${first?.path.join('.').slice(0, 120) ?? ''}: ${first?.message.slice(0, 200) ?? ''}`);
  }
  const { context, metadata, display } = parsed.data;
  const formats = Object.entries(display.formats);
  if (formats.length > MAX_FUNCTIONS) throw invalid(file, `formats has more than ${MAX_FUNCTIONS} functions`);
  const functions = new Map<string, FunctionWords>();
  for (const [key, format] of formats) {
    const one = inFile(file, key, () => functionWords(key, format, metadata, display.definitions ?? {}));
    const { selector, signature } = one.function;
    if (functions.has(selector)) throw invalid(file, `two formats have the selector of ${signature.slice(0, 80)}`);
    functions.set(selector, one);
  }
  return {
    file,
    hash,
    deployments: context.contract.deployments.map((one) => ({ chainId: String(one.chainId), address: one.address })),
    owner: metadata.owner,
    contractName: metadata.contractName ?? '',
    token: metadata.token,
    functions,
  };
};
