import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openChains } from '#adapters/chain/google-chains.ts';
import { monotonicClock } from '#adapters/clock.ts';
import { openGoogleClients } from '#adapters/google.ts';
import { attestationPort } from '#adapters/identity/attestation.ts';
import { openAttestedClients } from '#adapters/identity/attested.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import { logPort } from '#adapters/log.ts';
import { openWakes } from '#adapters/pubsub/wakes.ts';
import { childSigner } from '#adapters/signer/child.ts';
import { errorFields } from '#core/error-fields.ts';
import { CHECKPOINT_EVERY } from '#core/register/make-checkpoint.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { parseOperations } from '#schemas/config.ts';
import { bucketsOf, OPERATIONS_OBJECT } from '#schemas/names.ts';
import { readWorkloadConfig } from './config.ts';
import { trustedClock } from './trusted-time.ts';
import { runTurn } from './turn.ts';

const log = logPort({ workload: 'keyturn' });

/**
 * No page of this process goes into a core dump, and its signing process inherits that: the key lies there for a moment. The kernel has this file
 * wherever it can dump (core(5)); elsewhere there is nothing to switch off.
 */
const refuseCoreDumps = (): void => {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch (error) {
    log.warn('turn.coredump', { code: 'UNAVAILABLE', reason: error instanceof Error ? error.name : 'unknown' });
  }
};

/** One life of the machine: prove what runs here, once per pool; work; end. */
const main = async (): Promise<void> => {
  refuseCoreDumps();
  const folder = dirname(fileURLToPath(import.meta.url));
  const { law, lawHash, wallet, turn, launcherDir } = readWorkloadConfig(folder);
  log.info('turn.start', { wallet: wallet.name, turn: Number(turn), lawHash, register: law.register.lock });
  const attestation = attestationPort({ launcherDir });
  const clock = await trustedClock(attestation, monotonicClock(), log);
  // One attestation token, exchanged once at each pool: the operator's opens buckets and topics, each co-signer's a key and its shares.
  const attested = openAttestedClients({ law, subjectToken: () => attestation.defaultToken() });
  await ensureToken(attested.authClient, 'for the operator');
  const { storage, publisher } = openGoogleClients({ law, authClient: attested.authClient });
  const buckets = bucketsOf(law.name);
  const stored = await storage.read(buckets.work, OPERATIONS_OBJECT, { limit: 65_536 });
  if (stored === undefined) throw new KeyturnError('NOT_FOUND', `${buckets.work}/${OPERATIONS_OBJECT} is missing`);
  const operations = parseOperations(JSON.parse(Buffer.from(stored.bytes).toString('utf8')));
  const shareStorages = new Map(
    [...attested.coSigners].map(([name, authClient]) => [name, openGoogleClients({ law, authClient }).storage]),
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
    publisher,
    wakes: openWakes(law, wallet.name, attested.authClient),
    chains: openChains({ law, operations, authClient: attested.authClient }),
    attestation,
    signer: childSigner({
      wallet,
      registerBucket: buckets.register,
      kmsEndpoint: law.endpoints?.kms,
      access: attested.releaseAccess,
      file: join(folder, 'signer.mjs'),
      clock,
    }),
    clock,
    log,
    checkpointEvery: CHECKPOINT_EVERY,
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
