/** Codes of faults: those that are always alarmed, the platform, and the command line (schemas/codes.ts). */
export const FAULT_CODES = {
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
  SEAL_VETOED: {
    retry: true,
    advice:
      'A co-signer vetoed it after it was sealed: it cannot be closed, and its bytes stay in. Replace it: send a request with its nonce and replaces: <id>.',
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
  DESCRIPTOR_MISSING: {
    retry: false,
    advice: 'Put the file that the law pins into the folder descriptors beside the law.',
  },
  DESCRIPTOR_HASH: {
    retry: false,
    advice:
      'Do not approve by it. Get the file that the co-signers accepted with the law, or have its new hash accepted.',
  },
  DESCRIPTOR_INVALID: {
    retry: false,
    advice: 'The file is outside the subset of docs/clear-signing.md. Correct it, and pin its new hash.',
  },
  DESCRIPTOR_MISMATCH: {
    retry: false,
    advice: 'Do not approve. Its words contradict what the call does. Find out who wrote it.',
  },
  PERMISSION_DENIED: { retry: false, advice: 'Grant the role that terraform/README.md lists for this identity.' },
  UNAUTHENTICATED: {
    retry: false,
    advice: 'Run "gcloud auth application-default login", or give a valid access token.',
  },
  ATTESTATION_REFUSED: {
    retry: false,
    advice: 'STS refused the attestation. Check the image digest, the provider condition and the audience.',
  },
  INVALID_ARGUMENT: { retry: false, advice: 'The service refused the call as malformed.' },
  CHECKSUM_MISMATCH: { retry: true, advice: 'Bytes were damaged on the way.' },
  UNAVAILABLE: {
    retry: true,
    advice:
      'The service did not answer properly. Functions and machines try again by themselves. A command does not: run it again.',
  },
  DEADLINE: {
    retry: true,
    advice:
      'The service did not answer in time. Functions and machines try again by themselves. A command does not: run it again.',
  },
  NODE_MISSING: {
    retry: false,
    advice:
      'Install what is named, or take another with --node. For anvil: all optional packages, or Foundry (https://getfoundry.sh), so that anvil is on PATH.',
  },
  LAB_RUNS: {
    retry: false,
    advice: 'End it first (Ctrl-C where it runs, or `kill` and its pid), or start this one in another folder.',
  },
  PORT_UNUSABLE: { retry: false, advice: 'End what uses that port, or give another one, or none.' },
  CONSOLE_SESSION: { retry: false, advice: 'Start the command console again, and open the link that it prints.' },
  NOT_SHOWN: { retry: false, advice: 'Read the request on the page as it is now, and then answer.' },
  NOT_HELD: { retry: false, advice: 'Its warnings are critical. Read them, and hold the button down to approve.' },
  NOT_WRITABLE: { retry: false, advice: 'Run it in a folder in which you may write, or have that right granted.' },
  DISK_FULL: { retry: false, advice: 'Free some space, then run it again. What was kept before is still there.' },
  STATE_TORN: {
    retry: false,
    advice: 'Put a copy of that folder back; or name another with --data, and begin anew with another wallet.',
  },
  RPC_REFUSED: { retry: true, advice: 'The RPC refused the call.' },
  UNSUPPORTED: {
    retry: false,
    advice: 'A wallet of keyturn signs transactions that co-signers approved, and nothing else. Ask for a transaction.',
  },
  STOPPED_WAITING: {
    retry: true,
    advice:
      'Only the waiting ended. The request goes on, and may still pay. Wait for it again by its id, or with the same reference.',
  },
  ALREADY_OVER: { retry: false, advice: 'Its status tells its outcome. Nothing can change that.' },
  USAGE: { retry: false, advice: 'See --help.' },
} as const;
