/**
 * Every code that a person, a dApp or a log line can show, in one place. `retry` says whether doing the very same thing again can help;
 * `advice` says what to do. A code is never renamed: alerts and callers depend on it.
 */
export const CODES = {
  // A request that intake, or the workload, refuses.
  MALFORMED: {
    retry: false,
    advice: 'Send one JSON object with exactly the fields of schemas/transaction-requests.avsc.',
  },
  TOO_LARGE: { retry: false, advice: 'Keep the message under 128 KiB.' },
  UNKNOWN_FIELD: { retry: false, advice: 'Remove the field, or correct its name.' },
  MISSING_FIELD: { retry: false, advice: 'All fields must be present; empty ones as "".' },
  BAD_FIELD: { retry: false, advice: 'Write the value in its one canonical spelling.' },
  UNKNOWN_WALLET: { retry: false, advice: 'Use a wallet that the law names.' },
  UNKNOWN_CHAIN: { retry: false, advice: 'Use a chain id that the law admits for this wallet.' },
  EXPIRED: { retry: false, advice: 'Ask again with a later validUntil.' },
  VALIDITY_TOO_LONG: {
    retry: false,
    advice: 'Choose an earlier validUntil: the law bounds how long a request may stay open.',
  },
  REFERENCE_USED: {
    retry: false,
    advice: 'This reference already names another request; see its id. Use a new reference for a new payment.',
  },
  POLICY_DENIED: {
    retry: false,
    advice: 'The wallet policy does not allow this transaction; the reason names the rule.',
  },
  NONCE_REQUIRED: { retry: false, advice: 'The law demands an explicit nonce for a value this large.' },
  NONCE_TAKEN: {
    retry: false,
    advice: 'That nonce is sealed for another request; name it in replaces, or leave nonce empty.',
  },
  REPLACES_UNKNOWN: {
    retry: false,
    advice: 'replaces must name a request that is sealed at exactly one nonce, and nonce must be that nonce.',
  },
  REPLACES_UNDERPRICED: {
    retry: false,
    advice:
      'Nodes would keep what it should replace, or could not tell the two apart: give other fees, as its reason says.',
  },
  TOO_MANY_OPEN: {
    retry: true,
    advice: 'Too many requests of this wallet or requester are open; ask again when some are decided.',
  },
  WITHDRAW_UNKNOWN: {
    retry: false,
    advice:
      'No request of this requester and wallet has that id; a withdrawal repeats wallet, requester and reference.',
  },
  WITHDRAW_LATE: { retry: false, advice: 'The request is submitted or decided; only a replacement can end it now.' },
  BAD_SIGNATURE: {
    retry: false,
    advice: 'requesterSignature must be 65 bytes by the requester over the request digest.',
  },
  ID_MISMATCH: { retry: false, advice: 'The stored request does not hash to its id: somebody altered it.' },

  // A share that does not count, blamed on its holder.
  SHARE_UNKNOWN_CO_SIGNER: {
    retry: false,
    advice: 'Upload to the share location that the law gives for this co-signer.',
  },
  SHARE_NAME: { retry: false, advice: 'Name the object <prefix>shares/<id> or <prefix>shares/<id>/<attempt>.' },
  SHARE_EARLY: { retry: true, advice: 'No such request yet; the share counts as soon as the request is accepted.' },
  SHARE_LATE: { retry: false, advice: 'The request is already decided or past validUntil.' },
  SHARE_EMPTY: { retry: false, advice: 'Upload the ciphertext again under shares/<id>/<attempt>.' },
  SHARE_TOO_LARGE: {
    retry: false,
    advice: 'A share object is at most 8 KiB; upload the ciphertext again under shares/<id>/<attempt>.',
  },
  SHARE_CIPHERTEXT: {
    retry: false,
    advice:
      'Not decryptable for this request: encrypt with your own release key and the AAD keyturn/v1/<id>/<co-signer>.',
  },
  SHARE_TEXT: {
    retry: false,
    advice: 'The plaintext must be one line keyturn-share/v1/<wallet>/<epoch>/<index>/<64 hex>.',
  },
  SHARE_OTHER_WALLET: { retry: false, advice: 'This is a share of another wallet.' },
  SHARE_OTHER_EPOCH: { retry: false, advice: 'This share was replaced by a refresh; use the newest one.' },
  SHARE_OTHER_INDEX: { retry: false, advice: 'This is the share of another co-signer.' },
  SHARE_WRONG: { retry: false, advice: 'The share does not match the commitments in the law.' },

  // Why something waits.
  NO_REQUEST: { retry: true, advice: 'The request is not accepted yet.' },
  NOT_ENOUGH_SHARES: { retry: true, advice: 'More co-signers must approve.' },
  SHARE_UNREACHABLE: {
    retry: true,
    advice:
      'A release key or share bucket cannot be used now: has this co-signer accepted the image? Is the key enabled?',
  },
  PAUSED: { retry: true, advice: 'The deployment is paused. The operator ends that with the command resume.' },
  TURN_OPEN: { retry: true, advice: 'A turn of this wallet is open and will look again.' },
  NO_CAPACITY: { retry: true, advice: 'No zone had a machine; it is tried again.' },
  NONCE_AHEAD: { retry: true, advice: 'The request names a nonce above the next one and waits for those before it.' },
  GAP_BELOW: {
    retry: true,
    advice:
      'A lower nonce of this wallet is sealed and its bytes cannot come out; approve a replacement of that request (replaces, its nonce).',
  },
  WALLET_STOPPED: {
    retry: true,
    advice:
      'A foreign transaction used this wallet: its key may be loose. A request with replaces: "foreign" lifts it.',
  },
  LAW_MISMATCH: { retry: true, advice: 'Functions and image have different laws; deploy the same one.' },
  NOT_MINED: { retry: true, advice: 'The transaction is not mined yet.' },
  NOT_FINAL: { retry: true, advice: 'The transaction is mined but its block is not final yet.' },
  BALANCE_LOW: { retry: true, advice: 'The wallet cannot pay value and fee; fund it.' },
  WINDOW_FULL: {
    retry: true,
    advice:
      "The policy's cap for a window of time is used up; it goes on when the window has moved, if validUntil allows.",
  },
  CHAIN_AHEAD: {
    retry: true,
    advice:
      'The chain count is above the next nonce: a foreign transaction. A request with replaces: "foreign" skips it.',
  },
  CHAIN_UNREACHABLE: { retry: true, advice: 'No RPC url of this chain answered.' },

  // Outcomes that the chain decided, but not as was asked.
  REVERTED: { retry: false, advice: 'Mined and reverted; the fee was paid. The reason says why, where the node told.' },
  REPLACED: { retry: false, advice: 'Another request of this wallet was mined at its nonce, as was approved.' },
  SUPERSEDED: {
    retry: false,
    advice:
      'A transaction that keyturn did not make was mined at its nonce. Find out who holds the key, then ask anew.',
  },

  // Outcomes that the chain did not decide.
  WITHDRAWN: { retry: false, advice: 'The requester withdrew it before it was sealed.' },
  RELAUNCHES_EXHAUSTED: {
    retry: false,
    advice: 'Too many turns died before it was sealed. See the log of the turns; ask anew once the cause is mended.',
  },
  REJECTED: { retry: false, advice: 'Too many co-signers rejected it. Ask anew if that was a mistake.' },
  NOT_APPROVED_IN_TIME: {
    retry: false,
    advice: 'validUntil passed before enough co-signers approved it. Ask again with a later validUntil.',
  },
  NOT_SEALED_IN_TIME: {
    retry: false,
    advice:
      'Enough co-signers approved, but no turn could sign it before validUntil. Mend what held the turns up; ask again.',
  },

  // Things that only an attack, a fault of ours or a broken platform can bring about: always alarmed.
  TAMPERED: {
    retry: false,
    advice: 'The register shows entries that oppose each other; nothing was released. See the runbook.',
  },
  SEAL_STUCK: {
    retry: true,
    advice: 'Sealed, but its bytes can no longer be made; replace it: a request with its nonce and replaces: <id>.',
  },
  REGISTER_JUNK: { retry: false, advice: 'An object in the register is no entry of this wallet; it is skipped.' },
  REGISTER_CORRUPT: { retry: true, advice: 'A register entry does not match its checksum; the turn stopped.' },
  REGISTER_UNLOCKED: { retry: false, advice: 'The register bucket is not the one, or not locked as, the law demands.' },
  REGISTER_PERIOD: {
    retry: false,
    advice: 'The newest seal can soon be deleted: have a request of nothing sealed, or lengthen the retention.',
  },
  CLOCK_SKEW: {
    retry: true,
    advice: 'The machine clock and the attestation service disagree by more than two minutes.',
  },
  WRONG_KEY: {
    retry: false,
    advice: 'The combined key is not that of the wallet: the commitments in the law are wrong.',
  },
  SEAL_MISMATCH: { retry: false, advice: 'The signed bytes do not hash to what the seal says.' },
  MINED_MISMATCH: { retry: true, advice: 'The RPC shows a mined transaction that differs from the request.' },
  CONTENDED: { retry: true, advice: 'Other turns kept winning the register; it is tried again.' },

  // The platform.
  CONFIG: { retry: false, advice: 'Correct the configuration; every problem is listed.' },
  NOT_FOUND: { retry: false, advice: 'Check the name.' },
  PERMISSION_DENIED: { retry: false, advice: 'Grant the role that terraform/README.md lists for this identity.' },
  UNAUTHENTICATED: { retry: false, advice: 'Log in, or give a valid access token.' },
  ATTESTATION_REFUSED: {
    retry: false,
    advice: 'STS refused the attestation: image digest, provider condition or audience.',
  },
  INVALID_ARGUMENT: { retry: false, advice: 'The service refused the call as malformed.' },
  CHECKSUM_MISMATCH: { retry: true, advice: 'Bytes were damaged on the way.' },
  UNAVAILABLE: { retry: true, advice: 'The service did not answer properly; it is tried again.' },
  DEADLINE: { retry: true, advice: 'The service did not answer in time; it is tried again.' },
  NODE_MISSING: {
    retry: false,
    advice:
      'Install Foundry (https://getfoundry.sh) so that its program anvil is on PATH, or install all optional packages.',
  },
  RPC_REFUSED: { retry: true, advice: 'The RPC refused the call.' },
  USAGE: { retry: false, advice: 'See --help.' },
} as const;

export type Code = keyof typeof CODES;

/** Own names only: `constructor` is no code. */
export const isCode = (text: string): text is Code => Object.hasOwn(CODES, text);

/** The one error class. `field` names the input at fault; messages never hold secrets or payloads. */
export class KeyturnError extends Error {
  readonly code: Code;
  readonly field: string | undefined;

  constructor(code: Code, message: string, over: { field?: string; cause?: unknown } = {}) {
    super(message, over.cause === undefined ? undefined : { cause: over.cause });
    this.name = 'KeyturnError';
    this.code = code;
    this.field = over.field;
  }

  get retry(): boolean {
    return CODES[this.code].retry;
  }
}

export const isKeyturnError = (error: unknown, code?: Code): error is KeyturnError =>
  error instanceof KeyturnError && (code === undefined || error.code === code);
