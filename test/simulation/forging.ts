import { OWNER } from '#local/lab/people.ts';
import { approvedObject, openObject, requestObject, submittedObject } from '#schemas/names.ts';
import type { Cloud } from './cloud.ts';
import { WALLETS } from './law.ts';
import { type Deed, harm, put, some } from './operator-attack.ts';
import type { PlannedRequest } from './plan.ts';

const isThere = ({ store }: Cloud, bucket: string, name: string): boolean =>
  store.list(OWNER, bucket, { prefix: name }).items.some((one) => one.name === name);

/** Facts of a request that intake and collect never saw, or refused: what the functions write, the operator can write. */
export const forged = (cloud: Cloud, request: PlannedRequest, content: Readonly<Record<string, string>>): void => {
  const { results, work } = cloud.buckets;
  const { id, fields } = request;
  cloud.observer.harmed.add(id);
  const wallet = fields.wallet ?? '';
  const walletAddress = WALLETS.find(({ name }) => name === wallet)?.address ?? '';
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  // A machine works on nothing that its mark does not call approved, and reconcile is told to stay away, or not.
  const stage = { stage: 'approved', due: cloud.faults.pick(['2030-01-01T00:00:00Z', '1970-01-01T00:00:00Z']) };
  const mark = openObject(wallet, id);
  put(cloud, work, mark, json(fields), stage);
  if (cloud.observer.everAt(work, mark).length > 0 && isThere(cloud, work, mark))
    cloud.store.patchObject(OWNER, work, mark, { metadata: stage });
  put(cloud, results, requestObject(id), json({ id, walletAddress, lawHash: cloud.config.lawHash, request: content }));
  put(cloud, results, approvedObject(id), json({ id, wallet, coSigners: ['alice'] }));
};

export const forge: Deed = (cloud, plan) => {
  const request = some(cloud, plan.requests);
  if (request === undefined) return undefined;
  const other = cloud.faults.pick([request.fields, request.fields, { ...request.fields, value: '5' }]);
  forged(cloud, request, other);
  return `writes the facts of ${request.fields.reference} himself`;
};

/** Says that a request was sent as another one was, whose transaction then seems to be its own. Best of one that asks for the same. */
export const missubmit: Deed = (cloud, plan) => {
  const other = some(cloud, [...cloud.observer.rungs.values()]);
  const asked = other?.item.request;
  const alike = plan.requests.filter(
    ({ id, fields }) =>
      id !== other?.item.id &&
      fields.wallet === asked?.wallet &&
      fields.chainId === asked?.chainId &&
      fields.to === asked?.to &&
      fields.value === asked?.value,
  );
  const request = some(cloud, alike) ?? some(cloud, plan.requests);
  if (request === undefined || other === undefined || other.item.id === request.id) return undefined;
  const { item, address, chainId, objects } = other;
  const fact = {
    ...{ id: request.id, wallet: request.fields.wallet ?? '', chainId, from: address, nonce: item.nonce },
    ...{ transactionHashes: item.rungs, approvedBy: ['alice'], seal: objects[0]?.name ?? '' },
  };
  harm(cloud, { bucket: cloud.buckets.results, name: request.id });
  put(cloud, cloud.buckets.results, submittedObject(request.id), Buffer.from(JSON.stringify(fact)));
  return `says that ${request.fields.reference} was sent as ${item.request.reference}`;
};
