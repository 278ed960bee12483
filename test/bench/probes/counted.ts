import type { ChainClient, Storage } from '#core/ports.ts';

/** Calls on the wire, by kind. */
export type Kind = 'get' | 'list' | 'insert' | 'patch' | 'delete' | 'publish' | 'rpc';
export type Counts = Record<Kind, number>;

export const noCounts = (): Counts => ({ get: 0, list: 0, insert: 0, patch: 0, delete: 0, publish: 0, rpc: 0 });

/**
 * A storage port that counts what its calls cost on the wire, as adapters/storage/storage.ts makes them. A read of what was listed is one GET,
 * and any other is two, its metadata and its bytes. One of nothing ends with the first. test/contract/bench-wire.test.ts holds this to the adapter.
 */
export const countingStorage = (port: Storage, counts: Counts): Storage => {
  const listed = new WeakSet<object>();
  return {
    createOnce: async (...given) => {
      counts.insert += 1;
      const made = await port.createOnce(...given);
      // What stands there in its place is asked for.
      if (!made.created) counts.get += 1;
      listed.add(made.object);
      return made;
    },
    read: async (bucket, name, options) => {
      const known = options?.listed !== undefined && listed.has(options.listed);
      const found = await port.read(bucket, name, options);
      counts.get += known || found === undefined ? 1 : 2;
      if (found !== undefined) listed.add(found.object);
      return found;
    },
    stat: async (...given) => {
      counts.get += 1;
      const found = await port.stat(...given);
      if (found !== undefined) listed.add(found);
      return found;
    },
    list: async (...given) => {
      counts.list += 1;
      const page = await port.list(...given);
      for (const object of page.objects) listed.add(object);
      return page;
    },
    setMetadata: (...given) => {
      counts.patch += 1;
      return port.setMetadata(...given);
    },
    delete: (...given) => {
      counts.delete += 1;
      return port.delete(...given);
    },
    settings: (...given) => {
      counts.get += 1;
      return port.settings(...given);
    },
  };
};

/** As adapters/chain/rpc-batch.ts has it, which the baseline does not (test/contract/bench-wire.test.ts). */
export const MAX_BATCH = 10;

/** Requests to each url. A send first asks whether the node has the bytes, and several go in batches (adapters/chain/send.ts). */
export const requestsOf = (call: string, [raws]: readonly unknown[]): number => {
  if (call === 'sendAll' && Array.isArray(raws)) return 2 * Math.ceil(raws.length / MAX_BATCH);
  return call === 'send' ? 2 : 1;
};

/** A chain that counts its calls per url, and calls `before` ahead of each: a block may have come meanwhile. */
export const countingChain = <T extends ChainClient>(chain: T, counts: Counts, before: () => void = () => {}): T =>
  new Proxy(chain, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        before();
        counts.rpc += requestsOf(String(key), given);
        return member.apply(target, given);
      };
    },
  });
