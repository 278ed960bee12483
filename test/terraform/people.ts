/** Who is who in the plan of an example: what its tests/*.tftest.hcl hand in, as IAM spells it. */
export interface People {
  /** By the name that the law gives. */
  readonly coSigners: Readonly<Record<string, string>>;
  readonly dapps: readonly string[];
  readonly finance: readonly string[];
  /** In both examples the operators hold the wallet ceremony too. */
  readonly operators: readonly string[];
  /** Digests of images that every co-signer accepts, and until when. */
  readonly images: Readonly<Record<string, string>>;
}

const IMAGES = {
  'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef': '2027-01-31T00:00:00Z',
};

export const LAB_PEOPLE: People = {
  coSigners: { alice: 'user:alice@example.com', bob: 'user:bob@example.com' },
  dapps: ['user:dapp@example.com'],
  finance: ['user:finance@example.com'],
  operators: ['user:operator@example.com'],
  images: IMAGES,
};

export const SPLIT_PEOPLE: People = {
  coSigners: { alice: 'user:alice@example.com', bob: 'user:bob@example.com', carol: 'user:carol@example.com' },
  dapps: ['serviceAccount:dapp@dapp-project.iam.gserviceaccount.com'],
  finance: ['group:finance@example.com'],
  operators: ['group:operators@example.com'],
  images: IMAGES,
};
