/** Codes of a request or a share that is refused (schemas/codes.ts). */
export const REQUEST_CODES = {
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
  VALIDITY_TOO_SHORT: {
    retry: false,
    advice: 'Choose a later validUntil. The law has a payment this large wait after its approvals.',
  },
  REFERENCE_USED: {
    retry: false,
    advice:
      'This reference names another request already. First look up what that one came to, by its id: it may have paid. One payment keeps one reference, always.',
  },
  REFERENCE_MISSING: {
    retry: false,
    advice:
      'Name the payment by a reference of your own, and give the same one at each try. A fresh one at each try would pay twice.',
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
  TOO_FEW_APPROVERS: {
    retry: false,
    advice:
      'The law ties the requester to a co-signer whose share does not count for it. Too few others are left. Let somebody else ask.',
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
  WITHDRAW_LATE: {
    retry: false,
    advice: 'The request is signed or over, as its status says. What is signed but not mined can only be replaced now.',
  },
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
  SHARE_OF_INITIATOR: {
    retry: false,
    advice: 'This co-signer asked for it, and who asks does not approve. Other co-signers must.',
  },
  SHARE_WRONG: { retry: false, advice: 'The share does not match the commitments in the law.' },
} as const;
