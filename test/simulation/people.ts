import { SigningKey } from 'ethers';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { account, OWNER, user } from '#local/lab/people.ts';
import { coSignerNamed } from '#schemas/config.ts';
import { shareAad, topicsOf } from '#schemas/names.ts';
import { parseShareText, shareText } from '#schemas/share-text.ts';
import { timeText } from '#schemas/spellings.ts';
import type { Cloud } from './cloud.ts';
import { DAPP_KEY, DEPLOYMENT, HOUR, MINUTE, RETENTION, SMALL, START, STRANGER_KEY, WALLETS } from './law.ts';
import { LATE, lastValid, type Plan, type PlannedRequest, type Upload } from './plan.ts';
import { idOf, withdrawalOf } from './reference.ts';

const topic = ({ world }: Cloud, name: string): string => `projects/${world.project.id}/topics/${name}`;

/** Publishes as a dApp does; where its publish is lost, it tries again, which is what makes messages equal. */
const publish = (cloud: Cloud, { fields, kind }: PlannedRequest): void => {
  cloud.scheduler.note(`the dApp publishes a ${kind} request ${fields.reference}`);
  const data = Buffer.from(JSON.stringify(fields));
  cloud.topics.publish(user('dapp'), topic(cloud, topicsOf(DEPLOYMENT).transactionRequests), [{ data }]);
};

/** A withdrawal is a message of the same form; one of a signed request is signed by the same key. */
const withdraw = (cloud: Cloud, { id, fields }: PlannedRequest, by: 'dapp' | 'stranger'): void => {
  const { wallet = '', chainId = '', requester = '', reference = '' } = fields;
  const signed = fields.requesterSignature !== '';
  const key = by === 'dapp' ? DAPP_KEY : STRANGER_KEY;
  const requesterSignature = signed ? new SigningKey(key).sign(withdrawalOf(id, chainId)).serialized : '';
  const asked = { wallet, chainId, requester, reference, requesterSignature, replaces: `withdraw:${id}` };
  const message = { ...Object.fromEntries(Object.keys(fields).map((field) => [field, ''])), ...asked };
  cloud.scheduler.note(`${by === 'dapp' ? 'the dApp' : 'a stranger'} withdraws ${reference}`);
  if (by === 'dapp' || !signed) cloud.observer.withdrawn.set(id, cloud.clock.now());
  const data = Buffer.from(JSON.stringify(message));
  cloud.topics.publish(user('dapp'), topic(cloud, topicsOf(DEPLOYMENT).transactionRequests), [{ data }]);
};

const flipped = (scalar: string): string => `${scalar.slice(0, 63)}${scalar.endsWith('0') ? '1' : '0'}`;

/** The ciphertext that this co-signer uploads, made with the real share format and the real KMS. */
const ciphertext = (cloud: Cloud, walletName: string, id: string, { coSigner, what }: Upload): Buffer => {
  const wallet = WALLETS.find(({ name }) => name === walletName);
  const holder = wallet?.holders.find((each) => each.coSigner === coSigner);
  const key = coSignerNamed(cloud.config.law, coSigner)?.releaseKey;
  if (wallet === undefined || holder === undefined || key === undefined) throw new Error(`${coSigner} holds no share`);
  if (what === 'empty') return Buffer.alloc(0);
  if (what === 'garbage') return Buffer.from('this is no ciphertext at all, only some bytes');
  const scalar = what === 'wrong-scalar' ? flipped(holder.scalar) : holder.scalar;
  const index = what === 'other-index' ? (holder.index % wallet.holders.length) + 1 : holder.index;
  const line = Buffer.from(`keyturn-share/v1/${walletName}/1/${index}/${scalar}`);
  const plaintext = shareText(parseShareText(line));
  const aad = what === 'wrong-aad' ? shareAad('0'.repeat(64), coSigner) : shareAad(id, coSigner);
  const request = {
    name: key,
    plaintext,
    additionalAuthenticatedData: Buffer.from(what === 'newline-aad' ? `${aad}\n` : aad),
  };
  return cloud.keys.encrypt(user(coSigner), request).ciphertext;
};

/** What nobody believes: junk of some, and of others a word about another request. It must hold up no receipt. */
const predict = ({ store, buckets }: Cloud, coSigner: string, id: string): void => {
  const name = `${coSigner}/predictions/${id}`;
  if (store.list(OWNER, buckets.keys, { prefix: name }).items.length > 0) return;
  const bytes = Number.parseInt(id.slice(0, 1), 16) < 8 ? '{"version":' : JSON.stringify({ version: '1', id: '0' });
  store.insert(user(coSigner), buckets.keys, name, Buffer.from(bytes), { preconditions: { ifGenerationMatch: 0 } });
};

const upload = (cloud: Cloud, request: PlannedRequest, one: Upload, attempt: number): void => {
  const { coSigner, what } = one;
  const { id, fields } = request;
  const name =
    what === 'rejection'
      ? `${coSigner}/rejections/${id}`
      : `${coSigner}/shares/${id}/${fields.reference}-${attempt}-${request.at}`;
  let bytes: Buffer;
  try {
    bytes = what === 'rejection' ? Buffer.alloc(0) : ciphertext(cloud, fields.wallet ?? '', id, one);
  } catch (error) {
    // A key that is disabled encrypts nothing either.
    if (!(error instanceof CloudError)) throw error;
    return;
  }
  const { keys } = cloud.buckets;
  // The same request planned twice, or an object that the operator put there before.
  if (cloud.store.list(OWNER, keys, { prefix: name }).items.some((there) => there.name === name)) return;
  cloud.scheduler.note(`${coSigner} uploads ${what} for ${fields.reference}`);
  const stored = cloud.store.insert(user(coSigner), keys, name, bytes, {
    preconditions: { ifGenerationMatch: 0 },
  });
  if (what === 'good') predict(cloud, coSigner, id);
  if (what === 'good' || what === 'newline-aad')
    cloud.observer.goodShares.set(`${name}#${stored.generation}`, { coSigner, id, created: stored.created });
};

/** A delay must not start by a fact that the operator can write: here it is written long before anybody approves. */
const forgeApproval = ({ store, buckets, observer }: Cloud, { id, fields: { wallet = '' } }: PlannedRequest): void => {
  const folder = `requests/${id}`;
  if (observer.everAt(buckets.results, `${folder}/request.json`).length === 0) return;
  if (observer.everAt(buckets.results, `${folder}/approved.json`).length > 0) return;
  const fact = { id, wallet, coSigners: ['alice', 'bob'] };
  store.insert(OWNER, buckets.results, `${folder}/approved.json`, Buffer.from(JSON.stringify(fact)), {});
};

const start = (cloud: Cloud, request: PlannedRequest): void => {
  const { clock } = cloud;
  const since = clock.now() - START;
  for (const at of [request.at, ...request.again]) clock.after(at - since, () => publish(cloud, request));
  request.uploads.forEach((one, attempt) => {
    clock.after(one.at - since, () => upload(cloud, request, one, attempt));
  });
  if (cloud.observer.delay > 0) clock.after(request.at + 4_000 - since, () => forgeApproval(cloud, request));
  for (const { at, by } of request.withdrawals) clock.after(at - since, () => withdraw(cloud, request, by));
};

/** ms after the foreign transaction was sent, and then mined: by then it is final, and what it superseded is settled. */
const SKIPPED_AFTER = 15 * MINUTE;
const LATEST_SKIP = 50 * MINUTE;

/** Co-signers saw the alarm and made sure that the key is where it belongs: they approve to go on above the foreign nonce. */
const skipForeign = (cloud: Cloud, plan: Plan, { wallet, chainId }: { wallet: string; chainId: string }): void => {
  const { clock, chains, observer } = cloud;
  const holding = WALLETS.find(({ name }) => name === wallet);
  const chain = chains.get(chainId);
  const [like] = plan.requests;
  if (holding === undefined || chain === undefined || like === undefined) return;
  const { address } = holding;
  // It may wait for a nonce below it, and need not ever be mined: then there is nothing to skip.
  if (!chain.minedOf(address).some(({ sent }) => chain.foreign.has(sent.hash))) {
    if (clock.now() < START + LATEST_SKIP) clock.after(5 * MINUTE, () => skipForeign(cloud, plan, { wallet, chainId }));
    return;
  }
  const own = [...observer.rungs.values()].filter((one) => one.address === address && one.chainId === chainId);
  const next = own.reduce((highest, { item }) => Math.max(highest, Number(item.nonce) + 1), 0);
  const since = clock.now() - START;
  const plain = {
    ...like.fields,
    wallet,
    chainId,
    value: (SMALL / 10n).toString(),
    requester: 'dapp',
    requesterSignature: '',
  };
  const asked = { ...plain, replaces: '', nonce: '', validUntil: timeText(START + since + 55 * MINUTE) };
  const all = [
    {
      kind: 'foreign',
      at: since + 1_000,
      reference: 'skip',
      nonce: String(Math.max(next, chain.count(address))),
      replaces: 'foreign',
    },
    { kind: 'plain', at: since + 4 * MINUTE, reference: 'after-skip', nonce: '', replaces: '' },
  ];
  for (const { kind, at, ...own } of all) {
    const fields = { ...asked, ...own };
    const uploads = holding.holders.map(({ coSigner }) => ({ coSigner, at: at + 5_000, what: 'good' as const }));
    const request = { at, fields, id: idOf(fields, address), again: [], uploads, kind, withdrawals: [] };
    plan.requests.push(request);
    start(cloud, request);
  }
};

/** ms to the next tick. Hours in which nothing can happen are not worth thousands of them. */
const nextTick = (plan: Plan, since: number): number => {
  const quietUntil = plan.requests.some(({ at }) => at > LATE) ? LATE : RETENTION;
  const busy = plan.requests.filter(({ at, kind }) => at < LATE && kind !== 'far');
  const over = lastValid({ requests: busy }) + HOUR;
  const from = plan.troubles.doomed ? over : Math.min(4 * HOUR, over);
  if (since < from || since >= quietUntil) return plan.tick;
  return Math.min(6 * HOUR, Math.max(plan.tick, quietUntil - since));
};

/** Sets a timer for everything that people do, and for the ticks of the scheduler. */
export const startPeople = (cloud: Cloud, plan: Plan): void => {
  const { clock, topics, world } = cloud;
  for (const request of plan.requests) start(cloud, request);
  const { foreign } = plan.troubles;
  if (foreign !== undefined) clock.after(foreign.at + SKIPPED_AFTER, () => skipForeign(cloud, plan, foreign));
  const ticking = (): void => {
    topics.publish(account(world, 'scheduler'), topic(cloud, topicsOf(DEPLOYMENT).ticks), [
      { data: Buffer.from('tick') },
    ]);
    clock.after(nextTick(plan, clock.now() - START), ticking);
  };
  clock.after(plan.tick, ticking);
};
