import { readFileSync } from 'node:fs';
import { user } from '#local/lab/people.ts';
import { digestOf } from '#schemas/digest.ts';
import { bucketsOf, shareAad, shareFolder, topicsOf } from '#schemas/names.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import type { FaultLab } from './lab.ts';

export interface Asked {
  readonly id: string;
  /** wei: no other request asks for the same, so that the chain tells them apart. */
  readonly value: bigint;
}

const PAYEE = '0x3535353535353535353535353535353535353535';
let count = 0n;

/** A plain transfer, good for an hour; value in wei. */
export const transferOf = (about: {
  readonly wallet: string;
  readonly chainId: string;
  readonly value: bigint;
  readonly reference: string;
  readonly requester?: string;
}): TransactionRequest =>
  parseRequest({
    requester: 'dapp',
    ...about,
    type: '2',
    to: PAYEE,
    value: `${about.value}`,
    data: '0x',
    accessList: '',
    gasLimit: '21000',
    maxFeePerGas: '20000000000',
    maxPriorityFeePerGas: '1000000000',
    nonce: '',
    replaces: '',
    validUntil: timeText(Date.now() + 3_600_000),
    memo: '',
    requesterSignature: '',
  });

/** The dApp publishes one transfer; resolves at once, with the id that intake will find. */
export const ask = (lab: FaultLab): Asked => {
  const { law } = lab.config;
  count += 1n;
  const value = 1_000_000_000_000_000n + count;
  const chainId = String(lab.chain.chainId);
  const request = transferOf({ wallet: lab.wallet.name, chainId, value, reference: `faults-${count}` });
  const topic = `projects/${lab.world.project.id}/topics/${topicsOf(law.name).transactionRequests}`;
  lab.quietly(() =>
    lab.servers.topics.publish(user('dapp'), topic, [{ data: Buffer.from(JSON.stringify(request)), attributes: {} }]),
  );
  return { id: digestOf(request, lab.wallet.address, bucketsOf(law.name).register), value };
};

/** Every co-signer of the lab approves: encrypts a share for this request alone and uploads it. */
export const approve = (lab: FaultLab, { id }: Asked): void =>
  lab.quietly(() => {
    const files = new Map(lab.description.coSigners.map(({ name, shareFile }) => [name, shareFile]));
    for (const { name, releaseKey, shareLocation } of lab.config.law.coSigners) {
      const { ciphertext } = lab.servers.keys.encrypt(user(name), {
        name: releaseKey,
        plaintext: readFileSync(files.get(name) ?? ''),
        additionalAuthenticatedData: Buffer.from(shareAad(id, name)),
      });
      const preconditions = { ifGenerationMatch: 0 };
      lab.servers.store.insert(user(name), shareLocation.bucket, shareFolder(shareLocation, id), ciphertext, {
        preconditions,
      });
    }
  });

/** Asks and approves in one go: shares may well come before the request is accepted. */
export const askAndApprove = (lab: FaultLab): Asked => {
  const asked = ask(lab);
  approve(lab, asked);
  return asked;
};
