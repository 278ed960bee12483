import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, type LabOptions, startLab } from '#local/lab/lab.ts';
import { user } from '#local/lab/people.ts';
import { digestOf } from '#schemas/digest.ts';
import { bucketsOf, shareAad, shareFolder, topicsOf } from '#schemas/names.ts';
import { transferOf } from '../../faults/support/people.ts';
import { TODAY } from '../tree.ts';

/** ms. No single step of a probe takes longer. */
const PATIENCE = 900_000;

/** A call of one of the local cloud's services, as it passes. */
export interface Passing {
  readonly method: string;
  readonly detail: string;
  readonly phase: 'before' | 'after';
}

export interface BenchLab extends Lab {
  readonly folder: string;
  watch(watcher: (call: Passing) => void): () => void;
  onLine(listener: (line: string) => void): () => void;
  /** Resolves once `look` is true; it is asked after each call and each line. */
  until(what: string, look: () => boolean, ms?: number): Promise<void>;
}

/** The real lab: built bundles, processes, gRPC and HTTP. `idleSeconds` keeps the machine up between waves. Written for both trees. */
export const openLab = async (options: Partial<LabOptions> = {}): Promise<BenchLab> => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-bench-lab-'));
  const listeners = new Set<(line: string) => void>();
  const tell = (line: string): void => {
    for (const listener of [...listeners]) listener(line);
  };
  const lab = await startLab({
    folder,
    keep: false,
    dist: join(TODAY.root, 'dist'),
    threshold: 2,
    coSigners: 2,
    tickMs: 2_000,
    ...options,
    operations: {
      bootLimitSeconds: 60,
      idleSeconds: 120,
      pollSeconds: 2,
      turnLimitSeconds: 3_600,
      ...options.operations,
    },
    onFunctionLine: (_, line) => tell(line),
    onVmLine: ({ line }) => tell(line),
  });
  const watch = (watcher: (call: Passing) => void) => lab.world.faults.watch(watcher);
  const onLine = (listener: (line: string) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const until = (what: string, look: () => boolean, ms = PATIENCE): Promise<void> =>
    new Promise((resolve, reject) => {
      let planned = false;
      const soon = (): void => {
        if (!planned) setImmediate(check);
        planned = true;
      };
      const ends = [watch(soon), onLine(soon)];
      const timer = setTimeout(() => finish(() => reject(new Error(`${what}: not within ${ms} ms`))), ms);
      const finish = (then: () => void): void => {
        clearTimeout(timer);
        for (const end of ends) end();
        then();
      };
      const check = (): void => {
        planned = false;
        if (look()) finish(resolve);
      };
      soon();
    });
  return { ...lab, folder, watch, onLine, until };
};

let asked = 0;
/** A law's default has one requester at most a hundred open requests of a wallet. */
const REQUESTERS = 20;

/** Publishes one transfer; its id. Value in wei: one that no other asks for, unless it is given. */
export const publish = (
  lab: BenchLab,
  about: { readonly wallet?: { readonly name: string; readonly address: string }; readonly value?: bigint } = {},
): string => {
  asked += 1;
  const { wallet = lab.wallet, value = 1_000_000_000_000_000n + BigInt(asked) } = about;
  const request = transferOf({
    wallet: wallet.name,
    chainId: String(lab.chain.chainId),
    value,
    reference: `bench-${asked}`,
    requester: `dapp-${asked % REQUESTERS}`,
  });
  const topic = `projects/${lab.world.project.id}/topics/${topicsOf(lab.config.law.name).transactionRequests}`;
  lab.servers.topics.publish(user('dapp'), topic, [{ data: Buffer.from(JSON.stringify(request)), attributes: {} }]);
  return digestOf(request, wallet.address, bucketsOf(lab.config.law.name).register);
};

/** Every co-signer approves: a share is encrypted for this request alone and uploaded. */
export const approve = (lab: BenchLab, id: string, wallet = lab.wallet.name): void => {
  for (const { name, releaseKey, shareLocation } of lab.config.law.coSigners) {
    const files = lab.description.coSigners.find((each) => each.name === name);
    const file = wallet === lab.wallet.name ? files?.shareFile : files?.shareFiles[wallet];
    const { ciphertext } = lab.servers.keys.encrypt(user(name), {
      name: releaseKey,
      plaintext: readFileSync(file ?? ''),
      additionalAuthenticatedData: Buffer.from(shareAad(id, name)),
    });
    lab.servers.store.insert(user(name), shareLocation.bucket, shareFolder(shareLocation, id), ciphertext, {
      preconditions: { ifGenerationMatch: 0 },
    });
  }
};
