/** Codes of a request on its way: what it waits for, and how it ends (schemas/codes.ts). */
export const PROGRESS_CODES = {
  // Why something waits.
  NO_REQUEST: { retry: true, advice: 'The request is not accepted yet.' },
  NOT_ENOUGH_SHARES: { retry: true, advice: 'More co-signers must approve.' },
  SHARE_UNREACHABLE: {
    retry: true,
    advice:
      'A release key or share bucket cannot be used now. Has this co-signer accepted the image? Is the key enabled?',
  },
  DELAYED: {
    retry: true,
    advice:
      'The law has it wait after its approvals. Each co-signer of the wallet can veto it with the command reject.',
  },
  VOTE_UNREACHABLE: {
    retry: true,
    advice:
      'With a delay every place is listed, since a veto may lie in it. Has this co-signer accepted the image? Is the bucket there?',
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
      'Too many turns died before it was sealed. See the log of the turns. Fix the cause, then send a new request with the same reference.',
  },
  REJECTED: {
    retry: false,
    advice: 'Too many co-signers rejected it. If that was a mistake, send a new request with the same reference.',
  },
  NOT_APPROVED_IN_TIME: {
    retry: false,
    advice:
      'validUntil passed before enough co-signers approved it. Send a new request with the same reference and a later validUntil.',
  },
  NOT_SEALED_IN_TIME: {
    retry: false,
    advice:
      "Enough co-signers approved, but no turn could sign it before validUntil. Fix what blocked signing (see the turns' log), then send a new request with the same reference.",
  },
} as const;
