import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type handleUnaryCall, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { z } from 'zod';
import { decodeConfig, lint, type Problem } from './lint.ts';
import type { Block, ProviderSchema } from './schema.ts';

const NESTING = { single: 1, list: 2, set: 3, map: 4 } as const;

const wireBlock = (block: Block): object => ({
  attributes: Object.entries(block.attributes).map(([name, { type, required, optional, computed, sensitive }]) => ({
    name,
    type: Buffer.from(JSON.stringify(type)),
    required,
    optional,
    computed,
    sensitive,
  })),
  block_types: Object.entries(block.block_types).map(([name, nested]) => ({
    type_name: name,
    block: wireBlock(nested.block),
    nesting: NESTING[nested.nesting_mode],
    min_items: nested.min_items,
    max_items: nested.max_items,
  })),
});

const wireSchemas = (blocks: Readonly<Record<string, Block>>): object =>
  Object.fromEntries(Object.entries(blocks).map(([name, block]) => [name, { block: wireBlock(block) }]));

const wireProblem = ({ summary, detail, path }: Problem): object => ({
  severity: 1,
  summary,
  detail,
  attribute: {
    steps: path.map((step) => (typeof step === 'number' ? { element_key_int: step } : { attribute_name: step })),
  },
});

const validate = z.object({ type_name: z.string(), config: z.object({ msgpack: z.instanceof(Uint8Array) }) });

const problemsOf = (blocks: Readonly<Record<string, Block>>, request: unknown): object => {
  const { type_name: type, config } = validate.parse(request);
  const block = blocks[type];
  return { diagnostics: block === undefined ? [] : lint(block, decodeConfig(config.msgpack)).map(wireProblem) };
};

const unary =
  (answer: (request: unknown) => object): handleUnaryCall<unknown, object> =>
  ({ request }, reply) => {
    try {
      reply(null, answer(request));
    } catch (error) {
      reply({ code: 13, details: error instanceof Error ? error.message : String(error) });
    }
  };

const serviceOf = (): ServiceDefinition => {
  const loaded = loadSync(fileURLToPath(new URL('provider.proto', import.meta.url)), { keepCase: true })[
    'tfplugin5.Provider'
  ];
  if (loaded === undefined || 'format' in loaded) throw new Error('provider.proto has no service tfplugin5.Provider');
  return loaded as ServiceDefinition;
};

export interface RunningProvider {
  /** What TF_REATTACH_PROVIDERS takes. */
  readonly reattach: string;
  close(): void;
}

const PROVIDER_ADDRESS = 'registry.terraform.io/hashicorp/google';

/**
 * A Terraform provider that knows schemas and nothing else, on a Unix socket. It can validate. Plan, apply and read are not implemented, so
 * that nothing it says can be taken for a plan: `terraform test` must mock the provider. Terraform attaches to it as to a provider under a
 * debugger, which leaves no lock file and needs no executable.
 */
export const startSchemaProvider = async (schema: ProviderSchema): Promise<RunningProvider> => {
  const schemas = {
    provider: { block: wireBlock(schema.provider) },
    resource_schemas: wireSchemas(schema.resources),
    data_source_schemas: wireSchemas(schema.dataSources),
    server_capabilities: { get_provider_schema_optional: true },
  };
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-terraform-'));
  const socket = join(folder, 'provider');
  const server = new Server({ 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 });
  server.addService(serviceOf(), {
    GetSchema: unary(() => schemas),
    PrepareProviderConfig: unary((request) => ({
      prepared_config: z.object({ config: z.unknown() }).parse(request).config,
    })),
    ValidateResourceTypeConfig: unary((request) => problemsOf(schema.resources, request)),
    ValidateDataSourceConfig: unary((request) => problemsOf(schema.dataSources, request)),
    Configure: unary(() => ({})),
    Stop: unary(() => ({})),
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  const attached = { Protocol: 'grpc', ProtocolVersion: 5, Pid: process.pid, Test: true };
  return {
    reattach: JSON.stringify({ [PROVIDER_ADDRESS]: { ...attached, Addr: { Network: 'unix', String: socket } } }),
    close: () => {
      server.forceShutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
