import { approversOf } from '#core/shares/initiators.ts';
import type { Law, Wallet } from '#schemas/config.ts';
import type { Findings } from './finding.ts';
import { warned } from './finding.ts';

/** Addresses to which the law ties a holder of this wallet, and that the policy lets ask. */
const tiedTo = ({ holders, policy }: Wallet, { coSigners }: Law) =>
  coSigners
    .filter(({ name }) => holders.some(({ coSigner }) => coSigner === name))
    .flatMap(({ name, requesters = [] }) => requesters.map((address) => ({ name, address })))
    .filter(({ address }) => policy.requesters?.includes(address) ?? true);

/** What a tied requester can never ask of the wallet, since too few others are left. */
const unusable = (wallet: Wallet, law: Law, address: string, name: string): Findings => {
  const left = approversOf({ requester: address }, wallet, law).length;
  const who = `${wallet.name}: requester ${address}, who is tied to ${name},`;
  const advice = 'Add a co-signer to the wallet, or let an address ask that is tied to nobody.';
  if (left < wallet.threshold)
    return [warned(`${who} can ask nothing: ${left} of the others can approve, and ${wallet.threshold} must`, advice)];
  return wallet.policy.rules
    .filter(({ effect, approvals = 0 }) => effect === 'allow' && approvals > left)
    .map((rule) =>
      warned(
        `${who} cannot use rule ${rule.name}: ${left} of the others can approve, and ${rule.approvals} must`,
        advice,
      ),
    );
};

/** How whoever is tied can ask all the same, tied to nobody. */
const evaded = ({ name, policy }: Wallet): Findings => {
  if (policy.requesterSignature === 'optional')
    return [
      warned(
        `${name}: unsigned requests are taken, so a co-signer who is tied to an address can ask under any name`,
        'Set policy.requesterSignature to "required".',
      ),
    ];
  return policy.requesters === undefined
    ? [
        warned(
          `${name}: any address may ask, so a co-signer can ask from one that is not tied`,
          'List in policy.requesters who may ask.',
        ),
      ]
    : [];
};

/** Initiator is not approver: where the law says so, and cannot be used, or can be evaded. */
export const initiatorFindings = (wallet: Wallet, law: Law): Findings => {
  const tied = tiedTo(wallet, law);
  const addresses = [...new Set(tied.map(({ address }) => address))];
  const namesOf = (address: string): string =>
    tied
      .filter((one) => one.address === address)
      .map(({ name }) => name)
      .join(' and ');
  return [
    ...addresses.flatMap((address) => unusable(wallet, law, address, namesOf(address))),
    ...(tied.length > 0 ? evaded(wallet) : []),
  ];
};
