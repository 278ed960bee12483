/** What Google asks for one unit, in US dollars. us-central1, list price, without free allotments. */
export interface Price {
  readonly unit: string;
  readonly dollars: number;
  readonly page: string;
  /** Read on the page; false: an estimate. */
  readonly read: boolean;
}

/** When the pages were read. Copies of them: what Google asks today stands there. */
export const READ_ON = '2026-11-30';

const STORAGE = 'cloud.google.com/storage/pricing-examples';

export const PRICES = {
  classA: { unit: '1,000 operations', dollars: 0.005, page: STORAGE, read: true },
  classB: { unit: '1,000 operations', dollars: 0.0004, page: STORAGE, read: true },
  pubsub: { unit: 'TiB', dollars: 40, page: 'cloud.google.com/pubsub/pricing', read: true },
  invocation: { unit: '1,000,000 requests', dollars: 0.4, page: 'cloud.google.com/run/pricing', read: true },
  cpu: { unit: 'vCPU-second', dollars: 0.000024, page: 'cloud.google.com/run/pricing', read: true },
  memory: { unit: 'GiB-second', dollars: 0.0000025, page: 'cloud.google.com/run/pricing', read: true },
  kms: { unit: '10,000 operations', dollars: 0.03, page: 'cloud.google.com/kms/pricing', read: true },
  /** An elliptic-curve key in an HSM. In software it is as cheap as the others. */
  kmsSign: { unit: '10,000 operations', dollars: 0.15, page: 'cloud.google.com/kms/pricing', read: true },
  logging: { unit: 'GiB', dollars: 0.5, page: 'cloud.google.com/stackdriver/pricing', read: true },
  /** n2d-standard-2 with the surcharge for AMD SEV. */
  machine: { unit: 'minute', dollars: 0.0016, page: 'cloud.google.com/compute/vm-instance-pricing', read: false },
} as const satisfies Readonly<Record<string, Price>>;

export type Billed = keyof typeof PRICES;

/** What was not counted: assumed, with where it comes from. */
export const ASSUMED = {
  messageBytes: 2_000,
  /** request-events and receipts go to dApp, co-signers and finance as well; those pulls are not counted. */
  pullsPerPublish: 2,
  functionSeconds: 0.4,
  /** launch holds its call open until the machine has started. */
  launchSeconds: 40,
  functionGib: 0.5,
  logBytesPerRequest: 40_000,
  logBytesPerBoot: 200_000,
  /** Boot of about 90 s, an idle wait of 120 s, power-off of up to 120 s. */
  minutesPerBoot: 5,
  minutesPerRequest: 0.02,
} as const;

/**
 * What a counted call is billed as (https://cloud.google.com/storage/pricing, "Operations by class", for the JSON API). `free`: not billed by
 * call. A call that is not here has no price, and the table is refused.
 */
export const BILLED_AS: Readonly<Record<string, Billed | 'message' | 'call' | 'free'>> = {
  'kms.asymmetricSign': 'kmsSign',
  'kms.decrypt': 'kms',
  'kms.encrypt': 'kms',
  'pubsub.publish': 'message',
  'pubsub.pull': 'message',
  'pubsub.push': 'message',
  'run.routes.invoke': 'call',
  'storage.objects.delete': 'free',
  'storage.objects.get': 'classB',
  'storage.objects.insert': 'classA',
  'storage.objects.list': 'classA',
  'storage.objects.patch': 'classA',
};
