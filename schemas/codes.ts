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
  MISSING_FIELD: { retry: false, advice: 'Send every field. Write an empty one as "".' },
  BAD_FIELD: { retry: false, advice: 'Write the value in its one canonical spelling.' },
  UNKNOWN_WALLET: { retry: false, advice: 'Use a wallet that the law names.' },
  UNKNOWN_CHAIN: { retry: false, advice: 'Use a chain id that the law admits for this wallet.' },
  EXPIRED: { retry: false, advice: 'Send the request again with a later validUntil.' },
  VALIDITY_TOO_LONG: {
    retry: false,
    advice: 'Choose an earlier validUntil. The law limits how long a request may stay open.',
  },
  REFERENCE_USED: {
    retry: false,
    advice: 'This reference already names another request; see its id. Use a new reference for a new payment.',
  },
  POLICY_DENIED: {
    retry: false,
    advice: 'The wallet policy does not allow this transaction. The reason names the rule.',
  },
  NONCE_REQUIRED: { retry: false, advice: 'The law requires a nonce in the request for a value this large.' },
  NONCE_TAKEN: {
    retry: false,
    advice: 'That nonce is sealed for another request. Name that request in replaces, or leave nonce empty.',
  },
  REPLACES_UNKNOWN: {
    retry: false,
    advice: 'replaces must name a request that is sealed at exactly one nonce. nonce must be that nonce.',
  },
  REPLACES_UNDERPRICED: {
    retry: false,
    advice:
      'The fees are too low to replace that transaction, or the two would be identical. Change the fees as the reason says.',
  },
  TOO_MANY_OPEN: {
    retry: true,
    advice: 'Too many requests of this wallet or requester are open. Send it again when some are decided.',
  },
  WITHDRAW_UNKNOWN: {
    retry: false,
    advice:
      'No request of this requester and wallet has that id. A withdrawal repeats wallet, requester and reference.',
  },
  WITHDRAW_LATE: { retry: false, advice: 'The request is submitted or decided. Only a replacement can end it now.' },
  BAD_SIGNATURE: {
    retry: false,
    advice: 'requesterSignature must be a 65-byte signature of the request digest by the requester.',
  },
  ID_MISMATCH: { retry: false, advice: 'The stored request does not hash to its id. Somebody altered it.' },

  // A share that does not count, blamed on its holder.
  SHARE_UNKNOWN_CO_SIGNER: {
    retry: false,
    advice: 'Upload to the share location that the law gives for this co-signer.',
  },
  SHARE_NAME: { retry: false, advice: 'Name the object <prefix>shares/<id> or <prefix>shares/<id>/<attempt>.' },
  SHARE_EARLY: {
    retry: true,
    advice: 'There is no such request yet. The share counts as soon as the request is accepted.',
  },
  SHARE_LATE: { retry: false, advice: 'The request is already decided or past validUntil.' },
  SHARE_EMPTY: { retry: false, advice: 'Upload the ciphertext again under shares/<id>/<attempt>.' },
  SHARE_TOO_LARGE: {
    retry: false,
    advice: 'A share object is at most 8 KiB. Upload the ciphertext again under shares/<id>/<attempt>.',
  },
  SHARE_CIPHERTEXT: {
    retry: false,
    advice:
      'It cannot be decrypted for this request. Encrypt with your own release key and the AAD keyturn/v1/<id>/<co-signer>.',
  },
  SHARE_TEXT: {
    retry: false,
    advice: 'The plaintext must be one line keyturn-share/v1/<wallet>/<epoch>/<index>/<64 hex>.',
  },
  SHARE_OTHER_WALLET: { retry: false, advice: 'This is a share of another wallet.' },
  SHARE_OTHER_EPOCH: { retry: false, advice: 'This share was replaced by a refresh. Use the newest one.' },
  SHARE_OTHER_INDEX: { retry: false, advice: 'This is the share of another co-signer.' },
  SHARE_WRONG: { retry: false, advice: 'The share does not match the commitments in the law.' },

  // Why something waits.
  NO_REQUEST: { retry: true, advice: 'The request is not accepted yet.' },
  NOT_ENOUGH_SHARES: { retry: true, advice: 'More co-signers must approve.' },
  SHARE_UNREACHABLE: {
    retry: true,
    advice:
      'A release key or share bucket cannot be used now. Has this co-signer accepted the image? Is the key enabled?',
  },
  PAUSED: { retry: true, advice: 'The deployment is paused. The operator ends the pause with the command resume.' },
  CLOSE_DUE: { retry: true, advice: 'It is too late, rejected or withdrawn. The register closes it soon.' },
  TURN_DUE: { retry: true, advice: 'A turn is due. keyturn starts a machine soon.' },
  TURN_DIED: { retry: true, advice: "Turns died before they could sign. See the turns' log. keyturn tries again." },
  TURN_OPEN: { retry: true, advice: 'A turn of this wallet is open. It will try the request again.' },
  NO_CAPACITY: { retry: true, advice: 'No zone had a machine. keyturn tries again by itself.' },
  NONCE_AHEAD: {
    retry: true,
    advice: 'The request names a nonce above the next one. It waits for the nonces before it.',
  },
  GAP_BELOW: {
    retry: true,
    advice:
      'A lower nonce of this wallet is sealed, but its bytes cannot be released. Approve a replacement of that request (replaces, its nonce).',
  },
  WALLET_STOPPED: {
    retry: true,
    advice:
      'A foreign transaction used this wallet, so its key may be stolen. A request with replaces: "foreign" lifts the stop.',
  },
  LAW_MISMATCH: { retry: true, advice: 'Functions and image have different laws. Deploy the same law to both.' },
  NOT_MINED: { retry: true, advice: 'The transaction is not mined yet.' },
  NOT_FINAL: { retry: true, advice: 'The transaction is mined, but its block is not final yet.' },
  EARLIER_NONCE: {
    retry: true,
    advice: 'An earlier transaction of the wallet is not mined yet. If that one is stuck, cancel it.',
  },
  FEE_TOO_LOW: {
    retry: true,
    advice: 'Its fee ceiling is below the base fee. Wait, or replace it by a request with a higher ceiling.',
  },
  TIP_TOO_LOW: {
    retry: true,
    advice: 'Its tip is below what the chain takes. Wait, or replace it by a request with a higher tip.',
  },
  GAS_ABOVE_BLOCK: {
    retry: true,
    advice: 'It asks for more gas than a block holds. Replace it by a request with less gas.',
  },
  FORK_RULE: {
    retry: true,
    advice: "The chain's gas rules do not admit it now. Replace it by a request with another gas limit.",
  },
  NODE_REFUSED: {
    retry: true,
    advice: "The nodes refuse its transaction for now. The node's own words stand in the log. keyturn sends it again.",
  },
  BALANCE_LOW: { retry: true, advice: 'The wallet cannot pay value and fee. Fund it.' },
  WINDOW_FULL: {
    retry: true,
    advice:
      "The policy's limit for a window of time is used up. It goes on when the window has moved, if validUntil allows.",
  },
  CHAIN_AHEAD: {
    retry: true,
    advice:
      'The chain counts more transactions of this wallet than the register: one is foreign. A request with replaces: "foreign" skips it.',
  },
  CHAIN_UNREACHABLE: { retry: true, advice: 'No RPC url of this chain answered.' },

  // Outcomes that the chain decided, but not as was asked.
  REVERTED: {
    retry: false,
    advice: 'It was mined and reverted. The fee was paid. The reason says why, if the node gave one.',
  },
  REPLACED: { retry: false, advice: 'Another request of this wallet was approved and mined at its nonce.' },
  SUPERSEDED: {
    retry: false,
    advice:
      'A transaction that keyturn did not make was mined at its nonce. Find out who holds the key, then send a new request.',
  },

  // Outcomes that the chain did not decide.
  WITHDRAWN: { retry: false, advice: 'The requester withdrew it before it was sealed.' },
  RELAUNCHES_EXHAUSTED: {
    retry: false,
    advice:
      'Too many turns died before it was sealed. See the log of the turns. Fix the cause, then send a new request.',
  },
  REJECTED: { retry: false, advice: 'Too many co-signers rejected it. If that was a mistake, send a new request.' },
  NOT_APPROVED_IN_TIME: {
    retry: false,
    advice: 'validUntil passed before enough co-signers approved it. Send a new request with a later validUntil.',
  },
  NOT_SEALED_IN_TIME: {
    retry: false,
    advice:
      "Enough co-signers approved, but no turn could sign it before validUntil. Fix what blocked signing (see the turns' log), then send a new request.",
  },

  // Things that only an attack, a fault of ours or a broken platform can bring about: always alarmed.
  TAMPERED: {
    retry: false,
    advice: 'The register shows entries that conflict with each other. Nothing was released. See the runbook.',
  },
  SEAL_STUCK: {
    retry: true,
    advice:
      'It is sealed, but its bytes can no longer be made. Replace it: send a request with its nonce and replaces: <id>.',
  },
  REGISTER_JUNK: { retry: false, advice: 'An object in the register is not an entry of this wallet. It is skipped.' },
  REGISTER_CORRUPT: { retry: true, advice: 'A register entry does not match its checksum. The turn stopped.' },
  REGISTER_UNLOCKED: {
    retry: false,
    advice: 'The register bucket is not the one that the law names, or is not locked as the law requires.',
  },
  REGISTER_PERIOD: {
    retry: false,
    advice:
      'The newest seal can soon be deleted. Have a zero-value request approved, so that a new seal is written, or extend the retention.',
  },
  CLOCK_SKEW: {
    retry: true,
    advice: 'The machine clock and the attestation service disagree by more than two minutes.',
  },
  WRONG_KEY: {
    retry: false,
    advice: 'The combined key is not the key of the wallet. The commitments in the law are wrong.',
  },
  SEAL_MISMATCH: {
    retry: false,
    advice: 'The signed bytes are not what was sealed or approved. None of them left the machine.',
  },
  MINED_MISMATCH: { retry: true, advice: 'The RPC shows a receipt of a transaction that is not sealed: it lies.' },
  CONTENDED: {
    retry: true,
    advice: 'Other turns wrote to the register first each time. keyturn tries again by itself.',
  },

  // The platform.
  CONFIG: { retry: false, advice: 'Correct the configuration. Every problem is listed.' },
  NOT_FOUND: { retry: false, advice: 'Check the name.' },
  PERMISSION_DENIED: { retry: false, advice: 'Grant the role that terraform/README.md lists for this identity.' },
  UNAUTHENTICATED: { retry: false, advice: 'Log in, or give a valid access token.' },
  ATTESTATION_REFUSED: {
    retry: false,
    advice: 'STS refused the attestation. Check the image digest, the provider condition and the audience.',
  },
  INVALID_ARGUMENT: { retry: false, advice: 'The service refused the call as malformed.' },
  CHECKSUM_MISMATCH: { retry: true, advice: 'Bytes were damaged on the way.' },
  UNAVAILABLE: { retry: true, advice: 'The service did not answer properly. keyturn tries again.' },
  DEADLINE: { retry: true, advice: 'The service did not answer in time. keyturn tries again.' },
  NODE_MISSING: {
    retry: false,
    advice:
      'Install what is named, or take another with --node. For anvil: all optional packages, or Foundry (https://getfoundry.sh), so that anvil is on PATH.',
  },
  LAB_RUNS: {
    retry: false,
    advice: 'End it first (Ctrl-C where it runs, or `kill` and its pid), or start this one in another folder.',
  },
  PORT_UNUSABLE: { retry: false, advice: 'End what uses that port, or give another --port-base, or none.' },
  NOT_WRITABLE: { retry: false, advice: 'Run it in a folder in which you may write, or have that right granted.' },
  DISK_FULL: { retry: false, advice: 'Free some space, then run it again. What was kept before is still there.' },
  STATE_TORN: {
    retry: false,
    advice: 'Put a copy of that folder back; or name another with --data, and begin anew with another wallet.',
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
