import type { Example } from '../subject.ts';

/** One change of terraform/ that gives more than is meant, in the text of a file. */
export interface Widening {
  readonly what: string;
  /** Below terraform/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** What a policy must say of it, and says of no other change of the same batch. */
  readonly message: RegExp;
}

/** Changes that hide nothing of each other: all are made at once, and the example is planned once. */
export interface Batch {
  readonly name: string;
  readonly example: Example;
  /** Whether they are rights, which the table of grants shows. */
  readonly inTable: boolean;
  readonly widenings: readonly Widening[];
}

const MODULES = 'modules';
export const FILES = {
  attested: `${MODULES}/attested-pool/main.tf`,
  buckets: `${MODULES}/operator/buckets.tf`,
  chain: `${MODULES}/lab-chain/main.tf`,
  coSignerAudit: `${MODULES}/co-signer/audit.tf`,
  coSignerBucket: `${MODULES}/co-signer/bucket.tf`,
  coSignerKeys: `${MODULES}/co-signer/keys.tf`,
  events: `${MODULES}/operator/events.tf`,
  functions: `${MODULES}/operator/functions.tf`,
  iam: `${MODULES}/operator/iam.tf`,
  images: `${MODULES}/operator/registry.tf`,
  network: `${MODULES}/operator/network.tf`,
  register: `${MODULES}/register/main.tf`,
  roles: `${MODULES}/operator/roles.tf`,
  root: 'main.tf',
  subscriptions: `${MODULES}/operator/subscriptions.tf`,
} as const;

export const before = (line: string, more: string): Pick<Widening, 'from' | 'to'> => ({
  from: line,
  to: `${more}\n${line}`,
});
