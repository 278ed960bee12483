import type { Deployment } from '#cli/app/deployment.ts';
import type { Ports } from '#cli/app/session.ts';
import { registerNextNonce } from '#cli/request/next-nonce.ts';
import type { Seen } from '#core/decide/why.ts';
import type { Stage } from '#core/facts/marks.ts';
import { markOf, STAGES } from '#core/facts/marks.ts';
import { standingStops } from '#core/facts/stops.ts';
import { listAll, readFact } from '#core/facts/store.ts';
import type { Storage } from '#core/ports.ts';
import { registerProblems } from '#core/register/lock.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { Wallet } from '#schemas/config.ts';
import { openFolder } from '#schemas/names.ts';
import { countDeadLetters } from './dead-letters.ts';
import { pauseOf } from './pause.ts';
import { newestTurnOf } from './turns.ts';

/** A part that this identity may not see, or that did not answer, is `unseen` and why; the rest is shown. */
export const seen = async <T>(work: Promise<T>): Promise<Seen<T>> => {
  try {
    return { value: await work };
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return { unseen: error.code };
  }
};

/** What stopped a wallet on a chain: a transaction that keyturn did not make, mined at the nonce of a request of its own. */
export interface Stop {
  readonly id: string;
  readonly transactionHash: string;
}

const stopOf = async (storage: Storage, work: string, wallet: string, chainId: string): Promise<Stop | undefined> => {
  const [stop] = await standingStops(storage, work, wallet, chainId);
  return stop === undefined
    ? undefined
    : (await readFact(storage, { kind: 'stopped', bucket: work, name: stop.object.name }))?.fact;
};

/** The chain counts more of the wallet's transactions than the register ever sealed: a node's word, for a person to look into. */
const aheadIn = (count: Seen<bigint>, next: Seen<bigint>): Seen<boolean> => {
  if ('unseen' in count) return count;
  return 'unseen' in next ? next : { value: count.value > next.value };
};

/** What the register's bucket is like. Not `sound`: every turn refuses it. */
export interface RegisterLock {
  readonly sound: boolean;
  readonly words: string;
}

const lockOf = async (storage: Storage, { config, buckets }: Deployment): Promise<RegisterLock> => {
  const { law } = config;
  const settings = await storage.settings(buckets.register);
  const problems = registerProblems(settings, law).map(({ reason }) => reason);
  if (problems.length > 0) return { sound: false, words: `NOTHING WILL BE SIGNED: ${problems.join('; ')}` };
  return {
    sound: true,
    words: law.register.lock === 'off' ? 'LAB: not locked' : `locked for ${settings.retentionSeconds} s`,
  };
};

const stagesOf = async (storage: Storage, work: string): Promise<Readonly<Record<Stage, number>>> => {
  const marks = (await listAll(storage, work, openFolder())).flatMap((object) => markOf(object) ?? []);
  const count = (stage: Stage) => marks.filter((mark) => mark.stage === stage).length;
  const [received, accepted, approved, submitted, decided] = STAGES.map(count);
  return {
    received: received ?? 0,
    accepted: accepted ?? 0,
    approved: approved ?? 0,
    submitted: submitted ?? 0,
    decided: decided ?? 0,
  };
};

/** Everything about a deployment that can be seen at a glance. */
export const overviewOf = async (deployment: Deployment, ports: Ports, now: number) => {
  const storage = await ports.storage();
  const { work } = deployment.buckets;
  const { law } = deployment.config;
  const onChain = async (wallet: Wallet, chainId: string) => {
    const chain = () => ports.chains().then((chains) => chains.of(chainId));
    const [balance, count, turn, stopped] = await Promise.all([
      seen(chain().then((one) => one.balance(wallet.address))),
      seen(chain().then((one) => one.count(wallet.address, 'latest'))),
      seen(newestTurnOf(deployment, ports, wallet.name, now)),
      seen(stopOf(storage, work, wallet.name, chainId)),
    ]);
    // After the count, or what is sealed and mined in between would look foreign.
    const next = await seen(registerNextNonce(storage, deployment, { wallet, chainId }, now));
    return { wallet, chainId, balance, next, turn, stopped, chainAhead: aheadIn(count, next) };
  };
  const [lock, paused, stages, deadLetters, wallets] = await Promise.all([
    seen(lockOf(storage, deployment)),
    seen(pauseOf(storage, work)),
    seen(stagesOf(storage, work)),
    seen(ports.lessor().then((lessor) => countDeadLetters(lessor, deployment))),
    Promise.all(law.wallets.flatMap((wallet) => wallet.chains.map(({ chainId }) => onChain(wallet, chainId)))),
  ]);
  return { lock, paused, stages, deadLetters, wallets };
};
