import { account, OWNER, user } from '#local/lab/people.ts';
import { coSignerNamed } from '#schemas/config.ts';
import { shareAad, topicsOf } from '#schemas/names.ts';
import { parseShareText, shareText } from '#schemas/share-text.ts';
import type { Cloud } from './cloud.ts';
import { DEPLOYMENT, RETENTION, START, WALLETS } from './law.ts';
import type { Plan, PlannedRequest, Upload } from './plan.ts';

const topic = ({ world }: Cloud, name: string): string => `projects/${world.project.id}/topics/${name}`;

/** Publishes as a dApp does; where its publish is lost, it tries again, which is what makes messages equal. */
const publish = (cloud: Cloud, { fields, kind }: PlannedRequest): void => {
  cloud.scheduler.note(`the dApp publishes a ${kind} request ${fields.reference}`);
  const data = Buffer.from(JSON.stringify(fields));
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

const upload = (cloud: Cloud, request: PlannedRequest, one: Upload, attempt: number): void => {
  const { coSigner, what } = one;
  const { id, fields } = request;
  const name =
    what === 'rejection'
      ? `${coSigner}/rejections/${id}`
      : `${coSigner}/shares/${id}/${fields.reference}-${attempt}-${request.at}`;
  const bytes = what === 'rejection' ? Buffer.alloc(0) : ciphertext(cloud, fields.wallet ?? '', id, one);
  const { keys } = cloud.buckets;
  // The same request planned twice, or an object that the operator put there before.
  if (cloud.store.list(OWNER, keys, { prefix: name }).items.some((there) => there.name === name)) return;
  cloud.scheduler.note(`${coSigner} uploads ${what} for ${fields.reference}`);
  const stored = cloud.store.insert(user(coSigner), keys, name, bytes, {
    preconditions: { ifGenerationMatch: 0 },
  });
  if (what === 'good' || what === 'newline-aad')
    cloud.observer.goodShares.set(`${name}#${stored.generation}`, { coSigner, id, created: stored.created });
};

/** Sets a timer for everything that people do, and for the ticks of the scheduler. */
export const startPeople = (cloud: Cloud, { requests, tick }: Plan): void => {
  const { clock, topics, world } = cloud;
  for (const request of requests) {
    for (const at of [request.at, ...request.again]) clock.after(at, () => publish(cloud, request));
    request.uploads.forEach((one, attempt) => {
      clock.after(one.at, () => upload(cloud, request, one, attempt));
    });
  }
  const ticking = (): void => {
    topics.publish(account(world, 'scheduler'), topic(cloud, topicsOf(DEPLOYMENT).ticks), [
      { data: Buffer.from('tick') },
    ]);
    const since = clock.now() - START;
    // Days in which nothing can happen are not worth ten thousand ticks.
    const idle = since > 4 * 3_600_000 && since < RETENTION;
    clock.after(idle ? 6 * 3_600_000 : tick, ticking);
  };
  clock.after(tick, ticking);
};
