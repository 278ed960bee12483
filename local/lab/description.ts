import { join } from 'node:path';
import { bucketsOf, topicsOf } from '#schemas/names.ts';
import { walletFolder } from './chains.ts';
import type { Lab } from './lab.ts';
import { shareFile } from './wallet.ts';

/** Up to which evidence of this lab is signed: for `keyturn audit --root`. It is no root of Google's. */
export const attestationRootIn = (folder: string): string => join(folder, 'attestation-root.pem');

/** What goes into dev.json (docs/formats.md, "The local cloud"). */
export const describe = (
  lab: Pick<Lab, 'world' | 'servers' | 'chain' | 'config'>,
  folder: string,
  configFile: string,
  tokenFile: (who: string) => string,
) => {
  const { world, servers, chain, config } = lab;
  const { law } = config;
  return {
    ready: true,
    pid: process.pid,
    project: world.project.id,
    config: configFile,
    attestationRoot: attestationRootIn(folder),
    endpoints: {
      pubsub: servers.pubsubPlain,
      pubsubRest: servers.endpoints.pubsubRest,
      storage: servers.endpoints.storage,
      kms: servers.endpoints.kms,
      compute: servers.endpoints.compute,
      sts: servers.endpoints.sts,
      attestation: servers.attestation,
      rpc: chain.url,
    },
    topics: topicsOf(law.name),
    subscriptions: {
      receipts: `${topicsOf(law.name).receipts}-finance`,
      requestEvents: `${topicsOf(law.name).requestEvents}-dapp`,
      deadLetters: `${topicsOf(law.name).deadLetters}-operator`,
    },
    buckets: bucketsOf(law.name),
    wallets: law.wallets.map(({ name, address, threshold }) => ({ name, address, chainId: chain.chainId, threshold })),
    coSigners: law.coSigners.map(({ name, releaseKey, shareLocation }) => ({
      name,
      kmsKey: releaseKey,
      shareLocation: `gs://${shareLocation.bucket}/${shareLocation.prefix}`,
      shareFile: shareFile(folder, name),
      shareFiles: Object.fromEntries(
        law.wallets.map((one) => [one.name, shareFile(walletFolder(folder, one.name), name)]),
      ),
      tokenFile: tokenFile(name),
    })),
    tokens: {
      dapp: tokenFile('dapp'),
      finance: tokenFile('finance'),
      operator: tokenFile('operator'),
      dev: tokenFile('dev'),
    },
  };
};
