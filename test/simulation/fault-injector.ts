import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { OWNER } from '#local/lab/people.ts';
import { coSignerNamed } from '#schemas/config.ts';
import type { Cloud } from './cloud.ts';
import { START, WALLETS } from './law.ts';

/** Lets the troubles of a history begin and end. They are nobody's fault that stops: what they keep from being signed has to end all the same. */
export const startTroubles = (cloud: Cloud): void => {
  const { clock, chains, keys, observer, scheduler, troubles, world } = cloud;
  for (const { coSigner, closed, from, to } of troubles.keys) {
    const key = coSignerNamed(cloud.config.law, coSigner)?.releaseKey;
    if (closed || key === undefined) continue;
    const set = (state: string) => (): void => {
      keys.updateCryptoKeyVersion(OWNER, `${key}/cryptoKeyVersions/1`, state);
      scheduler.note(`${coSigner}'s release key is ${state}`);
    };
    clock.after(from, set('DISABLED'));
    if (to !== Number.POSITIVE_INFINITY) clock.after(to, set('ENABLED'));
  }
  world.faults.watch(({ method, detail, phase }) => {
    if (method !== 'compute.instances.provision' || phase !== 'before') return;
    const since = clock.now() - START;
    const out = troubles.zones.some(
      ({ zone, from, to }) => detail.includes(`zones/${zone}/`) && since >= from && since < to,
    );
    if (out) throw new CloudError('UNAVAILABLE', 'no capacity');
  });
  if (troubles.down !== undefined) {
    const { from, to, chainId } = troubles.down;
    const chain = chains.get(chainId);
    if (chain !== undefined) chain.down = { from: START + from, to: START + to };
  }
  const { foreign } = troubles;
  if (foreign === undefined) return;
  let done = false;
  const send = (): void => {
    if (done) return;
    done = true;
    const chain = chains.get(foreign.chainId);
    const address = WALLETS.find(({ name }) => name === foreign.wallet)?.address;
    if (chain === undefined || address === undefined) return;
    chain.advance(clock.now());
    const { nonce } = chain.sendForeign(address, foreign.ahead);
    observer.foreign.push({ address, chainId: foreign.chainId, nonce });
    scheduler.note(`a stranger sends at nonce ${nonce} of ${foreign.wallet} on chain ${foreign.chainId}`);
  };
  clock.after(foreign.at, send);
  // Mostly at the nonce of the first seal, as soon as it is there: then what is sealed can never be mined.
  if (foreign.ahead === 0) observer.onEntry = () => void clock.after(2, send);
};
