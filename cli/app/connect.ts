import type { AuthClient } from 'google-auth-library';
import { once } from '#adapters/calls/once.ts';
import type { Chains, Storage } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { urlKey } from '#schemas/urls.ts';
import { type Deployment, tokenFileOf } from './deployment.ts';
import type { Ports, RpcAnswer } from './session.ts';

interface Closable {
  close(): Promise<void>;
}

const closerOf = (nodes: readonly { close(): void }[]): Closable => ({
  close: async () => {
    for (const node of nodes) node.close();
  },
});

/**
 * The real ports: each adapter, and the client behind it, is loaded when a command first asks for it. A lab's principal is a token file, a
 * person in the cloud has application-default credentials.
 */
export const connect = (deployment: Deployment, principal: string | undefined): Ports => {
  const { law, operations } = deployment.config;
  const { projectId } = law.operator;
  const opened: Promise<Closable>[] = [];
  const closing = <T extends Closable>(open: () => Promise<T>): (() => Promise<T>) =>
    once(() => {
      const made = open();
      opened.push(made);
      return made;
    });
  const identity = once(async (): Promise<AuthClient> => {
    const { defaultClient, tokenFileClient } = await import('#adapters/identity/identity.ts');
    const file = tokenFileOf(deployment, principal);
    return file === undefined ? defaultClient() : tokenFileClient(file);
  });
  const grpc = async () => ({ projectId, authClient: await identity(), endpoint: law.endpoints?.pubsub });
  const resolver = once(async () =>
    (await import('#adapters/secrets.ts')).urlResolver({
      authClient: await identity(),
      endpoint: law.endpoints?.secretManager,
    }),
  );

  /** `once`: two secrets may hold one url, and it agrees with itself about everything. `timeoutMs`: of one question, where not the usual. */
  const nodesOf = async (
    chainId: string,
    { which = 'all', ...limits }: { readonly which?: 'all' | 'once'; readonly timeoutMs?: number } = {},
  ) => {
    const { ChainNode } = await import('#adapters/chain/node.ts');
    const { callerOn } = await import('#adapters/calls/deadline.ts');
    const resolve = await resolver();
    const urls = operations.rpc.find((one) => one.chainId === chainId)?.urls ?? [];
    if (urls.length === 0) throw new KeyturnError('CONFIG', `no RPC url is configured for chain ${chainId}`);
    const resolved = await Promise.all(urls.map(resolve));
    return resolved.flatMap((url, i) =>
      which === 'once' && resolved.findIndex((other) => urlKey(other) === urlKey(url)) < i
        ? []
        : [new ChainNode({ chainId, place: i + 1, url, ...limits }, callerOn())],
    );
  };

  return {
    storage: once(async (): Promise<Storage> => {
      const { storagePort } = await import('#adapters/storage/storage.ts');
      return storagePort({ projectId, authClient: await identity(), endpoint: law.endpoints?.storage });
    }),
    publisher: closing(async () => {
      const { publisherPort } = await import('#adapters/pubsub/pubsub.ts');
      return publisherPort({ projectId, authClient: await identity(), endpoint: law.endpoints?.pubsubRest });
    }),
    subscriber: closing(async () => (await import('#adapters/pubsub/pull.ts')).subscriberPort(await grpc())),
    lessor: closing(async () => (await import('#adapters/pubsub/lease.ts')).lessorPort(await grpc())),
    inspector: closing(async () => (await import('#adapters/inspect/inspect.ts')).inspectorPort(await grpc())),
    machines: closing(async () => {
      const { machinesPort } = await import('#adapters/compute/compute.ts');
      return machinesPort({ law, operations, authClient: await identity(), endpoint: law.endpoints?.compute });
    }),
    rpcAnswers: async (chainId) => {
      const { aboutNode } = await import('#adapters/chain/about-node.ts');
      const nodes = await nodesOf(chainId);
      const asked = nodes.map(async (node, i): Promise<RpcAnswer> => {
        try {
          return { place: i + 1, ...(await aboutNode(node)), problem: '' };
        } catch (error) {
          if (!isKeyturnError(error)) throw error;
          return { place: i + 1, head: undefined, problem: `${error.code}: ${error.message}` };
        }
      });
      return Promise.all(asked).finally(() => {
        for (const node of nodes) node.close();
      });
    },
    encrypter: closing(async () => {
      const { encrypterPort } = await import('#adapters/kms/encrypt.ts');
      return encrypterPort({ projectId, authClient: await identity(), endpoint: law.endpoints?.kms });
    }),
    chains: closing(async (): Promise<Chains & Closable> => {
      const { openChains } = await import('#adapters/chain/google-chains.ts');
      return openChains({ law, operations, authClient: await identity() });
    }),
    logs: async (project, filter, limit) =>
      (await import('#adapters/inspect/read-logs.ts')).readLogs(await identity(), {
        projectId: project,
        filter,
        limit,
      }),
    signTypedData: async (url, account, payload) =>
      (await import('#adapters/chain/typed-data.ts')).signTypedDataAt(url, account, payload),
    rawBlock: async (chainId, blockHash) => {
      const { rawBlock } = await import('#adapters/chain/raw-block.ts');
      const nodes = await nodesOf(chainId);
      return rawBlock(nodes, blockHash).finally(() => {
        for (const node of nodes) node.close();
      });
    },
    simulations: async (request, from) => {
      const { SIMULATION_MS, simulations } = await import('#adapters/chain/simulate.ts');
      const nodes = await nodesOf(request.chainId, { which: 'once', timeoutMs: SIMULATION_MS });
      return simulations(nodes, request, from).finally(() => {
        for (const node of nodes) node.close();
      });
    },
    past: async (chainId) => {
      const { pastChain } = await import('#adapters/chain/past.ts');
      const { agreementOf } = await import('#adapters/chain/google-chains.ts');
      const nodes = await nodesOf(chainId, { which: 'once' });
      opened.push(Promise.resolve(closerOf(nodes)));
      return pastChain(nodes, agreementOf(law, chainId));
    },
    hints: async (chainId) => {
      const { chainHints, noHints } = await import('#adapters/chain/hints.ts');
      let nodes: Awaited<ReturnType<typeof nodesOf>>;
      try {
        nodes = await nodesOf(chainId);
      } catch (error) {
        if (!isKeyturnError(error) || error.code === 'CONFIG') throw error;
        return noHints(error);
      }
      opened.push(Promise.resolve(closerOf(nodes)));
      return chainHints(nodes);
    },
    close: async () => {
      await Promise.allSettled(opened.map(async (one) => (await one).close()));
    },
  };
};
