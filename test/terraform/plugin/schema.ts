import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

/** A provider's schema as `terraform providers schema -json` prints it, with `values` where the documentation lists what is allowed. */
const attribute = z.strictObject({
  type: z.json(),
  required: z.boolean().optional(),
  optional: z.boolean().optional(),
  computed: z.boolean().optional(),
  sensitive: z.boolean().optional(),
  values: z.array(z.string()).optional(),
});
export type Attribute = z.infer<typeof attribute>;

export interface Block {
  attributes: Record<string, Attribute>;
  block_types: Record<string, BlockType>;
}
export interface BlockType {
  nesting_mode: 'single' | 'list' | 'set' | 'map';
  min_items?: number | undefined;
  max_items?: number | undefined;
  block: Block;
}

const block: z.ZodType<Block> = z.lazy(() =>
  z.strictObject({ attributes: z.record(z.string(), attribute), block_types: z.record(z.string(), blockType) }),
);
const blockType: z.ZodType<BlockType> = z.strictObject({
  nesting_mode: z.enum(['single', 'list', 'set', 'map']),
  min_items: z.number().int().optional(),
  max_items: z.number().int().optional(),
  block,
});

const providerSchema = z.strictObject({
  /** Where this was read from: the npm package, its version and integrity, and the provider that it was generated from. */
  origin: z.strictObject({ package: z.string(), integrity: z.string(), provider: z.string(), license: z.string() }),
  provider: block,
  resources: z.record(z.string(), block),
  dataSources: z.record(z.string(), block),
});
export type ProviderSchema = z.infer<typeof providerSchema>;

export const SCHEMA_FILE = new URL('../schema/google.json.gz', import.meta.url);

export const readSchema = (): ProviderSchema =>
  providerSchema.parse(JSON.parse(gunzipSync(readFileSync(SCHEMA_FILE)).toString('utf8')));
