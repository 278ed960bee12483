import type { BucketSettings } from '#core/ports.ts';
import type { Law } from '#schemas/config.ts';
import { trustsOperatorWithVotes } from '#schemas/delays.ts';
import { type Findings, ok, warned, wrong } from './finding.ts';

/** Co-signers whose veto would lie in this bucket: holders of a wallet with delays. */
const vetoersIn = ({ wallets, coSigners }: Law, bucket: string): readonly string[] => {
  const holders = wallets
    .filter(({ policy }) => (policy.delays ?? []).length > 0)
    .flatMap((wallet) => wallet.holders.map(({ coSigner }) => coSigner));
  return coSigners
    .filter(({ name, shareLocation }) => shareLocation.bucket === bucket && holders.includes(name))
    .map(({ name }) => name);
};

/**
 * Whether a veto is safe from the operator where it lies. The law can only say in which project a bucket should be; its settings say in which
 * it is. Whoever owns the project can delete a veto before it is counted.
 */
export const vetoPlaceFindings = (law: Law, bucket: string, { projectNumber }: BucketSettings): Findings => {
  const vetoers = vetoersIn(law, bucket);
  if (vetoers.length === 0) return [];
  const whose = vetoers.join(', ');
  if (projectNumber !== law.operator.projectNumber)
    return [ok(`${bucket}, for a veto of ${whose}, lies in project ${projectNumber}, not in the operator's`)];
  const what = `${bucket} lies in the operator's project, whose owner can delete a veto of ${whose}`;
  return trustsOperatorWithVotes(law)
    ? [warned(what, 'In a lab the operator is trusted with votes.')]
    : [wrong(what, 'Make the bucket in a project of the co-signer, and name that in the law.')];
};
