import { z } from 'zod';
import { addressNames } from './address-names.ts';
import { descriptorPins } from './descriptor-pins.ts';
import { withoutFinalized } from './finality.ts';
import { address, spelled, time, token, uint64, uint256 } from './spellings.ts';
import { tokens } from './tokens.ts';
import { explorerUrl } from './urls.ts';

/** Forks whose gas schedule is known (core/transaction/gas-schedule.ts), in the order in which chains take them. */
export const FORK_NAMES = ['osaka', 'amsterdam'] as const;
export type ForkName = (typeof FORK_NAMES)[number];

export const TRANSACTION_TYPES = ['0', '1', '2'] as const;

const fork = z
  .strictObject({
    name: z.enum(FORK_NAMES),
    /** When it comes into force. Absent: it counts from now on, beside the forks before it. */
    date: spelled(time).optional(),
  })
  .readonly();

const forks = z
  .array(fork)
  .min(1)
  .superRefine((list, context) => {
    const issue = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    list.forEach(({ name, date }, i) => {
      const before = list[i - 1];
      if (before === undefined) {
        if (date !== undefined) issue([i, 'date'], 'the first fork is in force already: it takes no date');
        return;
      }
      if (FORK_NAMES.indexOf(name) <= FORK_NAMES.indexOf(before.name))
        issue([i, 'name'], `${name} must not stand after ${before.name}`);
    });
  });

/** One chain of the law. What is left out of its gas rules has a default by its chain id (schemas/gas-rules.ts). */
export const chain = z
  .strictObject({
    chainId: spelled(uint64),
    name: spelled(token),
    finality: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('finalized') }),
      z.strictObject({ kind: z.literal('confirmations'), count: z.number().int().min(0).max(1000) }),
    ]),
    /** One url decides about outcomes. Say it only of a node of your own. */
    trusted: z.boolean().default(false),
    tokens,
    /** How readers call addresses. It stands beside an address, never instead, and decides nothing. */
    names: addressNames,
    /** What readers are shown of a contract's calls, beside what this code says itself (docs/clear-signing.md). It decides nothing. */
    descriptors: descriptorPins,
    /** A block explorer, for links: nothing is read from it. */
    explorer: explorerUrl.optional(),
    /** Most gas that one transaction may ask for (EIP-7825). */
    maxTransactionGas: spelled(uint64)
      // A text that is no number has its own issue already.
      .refine((text) => !/^[0-9]+$/.test(text) || BigInt(text) >= 21_000n, 'must be at least 21000')
      .optional(),
    /** wei per gas: the least tip, or gas price of types 0 and 1, that the chain's nodes take. */
    leastTipWei: spelled(uint256).optional(),
    transactionTypes: z
      .array(z.enum(TRANSACTION_TYPES))
      .min(1)
      .refine((types) => new Set(types).size === types.length, 'a type stands twice')
      .optional(),
    forks: forks.optional(),
    /** What a transaction pays beside its gas for its data on another chain: the contract that knows, and the most in wei. */
    dataFee: z
      .strictObject({ oracle: spelled(address), maxWei: spelled(uint256) })
      .readonly()
      .optional(),
  })
  .superRefine(({ chainId, finality }, context) => {
    const known = withoutFinalized(chainId);
    if (known === undefined || finality.kind !== 'finalized') return;
    const message = `${known} calls no block finalized, so nothing would ever be settled: count confirmations`;
    context.addIssue({ code: 'custom', path: ['finality'], message });
  })
  .readonly();
