import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attestationPort } from '#adapters/attestation.ts';
import { chainsPort } from '#adapters/chain.ts';
import { realClock } from '#adapters/clock.ts';
import { federatedClient } from '#adapters/identity.ts';
import { releaseKeysPort } from '#adapters/kms.ts';
import { errorFields, logPort } from '#adapters/log.ts';
import { publisherPort } from '#adapters/pubsub.ts';
import { urlResolver } from '#adapters/secrets.ts';
import { storagePort } from '#adapters/storage.ts';
import { agreementOf } from '#core/limits.ts';
import { combined } from '#core/signing-scheme.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { coSignerNamed, parseOperations } from '#schemas/config.ts';
import { bucketsOf, OPERATIONS_OBJECT } from '#schemas/names.ts';
import { readWorkloadConfig } from './config.ts';
import { trustedClock } from './trusted-time.ts';
import { runTurn } from './turn.ts';

const log = logPort({ workload: 'keyturn' });

/** One life of the machine: prove what runs here, once per pool; work; end. */
const main = async (): Promise<void> => {
  const { law, lawHash, wallet, turn, launcherDir } = readWorkloadConfig(dirname(fileURLToPath(import.meta.url)));
  log.info('turn.start', { wallet: wallet.name, turn: Number(turn), lawHash, register: law.register.lock });
  const attestation = attestationPort({ launcherDir });
  const clock = await trustedClock(attestation, realClock, log);
  const identity = (audience: string) =>
    federatedClient({ audience, tokenUrl: law.endpoints?.sts, subjectToken: () => attestation.defaultToken() });
  const { projectId } = law.operator;
  const operator = identity(law.operator.identityProvider);
  const buckets = bucketsOf(law.name);
  const storage = storagePort({ projectId, authClient: operator, endpoint: law.endpoints?.storage });
  const stored = await storage.read(buckets.work, OPERATIONS_OBJECT, { limit: 65_536 });
  if (stored === undefined) throw new KeyturnError('NOT_FOUND', `${buckets.work}/${OPERATIONS_OBJECT} is missing`);
  const operations = parseOperations(JSON.parse(Buffer.from(stored.bytes).toString('utf8')));
  const holders = wallet.holders.flatMap(({ coSigner }) => coSignerNamed(law, coSigner) ?? []);
  const clients = new Map(holders.map((one) => [one.name, identity(one.identityProvider)]));
  const shareStorages = new Map(
    [...clients].map(([name, authClient]) => [
      name,
      storagePort({ projectId, authClient, endpoint: law.endpoints?.storage }),
    ]),
  );
  const keys = new Map(
    holders.flatMap((one) => {
      const authClient = clients.get(one.name);
      return authClient === undefined ? [] : [[one.name, { key: one.releaseKey, authClient }] as const];
    }),
  );
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  await runTurn({
    law,
    lawHash,
    operations,
    wallet,
    turn,
    buckets,
    storage,
    shareStorage: (coSigner) => {
      const own = shareStorages.get(coSigner);
      if (own === undefined) throw new KeyturnError('CONFIG', `${coSigner} holds no share of ${wallet.name}`);
      return own;
    },
    releaseKeys: releaseKeysPort({ projectId, keys, endpoint: law.endpoints?.kms }),
    publisher: publisherPort({ projectId, authClient: operator, endpoint: law.endpoints?.pubsub }),
    chains: chainsPort({
      rpc: operations.rpc,
      resolveUrl: urlResolver({ authClient: operator }),
      agreement: agreementOf(law),
    }),
    attestation,
    scheme: combined,
    clock,
    log,
    signal: stop.signal,
  });
  log.info('turn.end', { wallet: wallet.name, turn: Number(turn) });
};

main().then(
  () => process.exit(0),
  (error: unknown) => {
    log.alarm('turn.fault', errorFields(error));
    process.exit(1);
  },
);
