import { instanceResource } from '#adapters/compute/instance-resource.ts';
import { account } from '#local/lab/people.ts';
import type { TestLab } from './lab.ts';

export const ZONE = 'us-central1-a';

/** What differs from the machine that launch would start. */
export interface Odd {
  readonly wallet?: string;
  /** Reference of another image. */
  readonly image?: string;
  /** Family of another boot image. */
  readonly family?: string;
}

/** Starts a VM that no turn was claimed for, as whoever may start machines can. Gives its name. */
export const boot = ({ lab }: TestLab, turn: bigint, odd: Odd = {}): string => {
  const { law, operations } = lab.config;
  const { wallet = lab.wallet.name, image = operations.image, family = 'confidential-space' } = odd;
  const body = instanceResource({ zone: ZONE, name: `turn-${wallet}-${turn}`, wallet, turn }, law, {
    ...operations,
    image,
  });
  const text = JSON.stringify(body, (key, value) =>
    key === 'seconds' || key === 'diskSizeGb' ? String(value) : value,
  ).replace('family/confidential-space"', `family/${family}"`);
  lab.servers.instances.insert(account(lab.world, 'launch'), ZONE, JSON.parse(text));
  return body.name;
};
