#!/usr/bin/env bash
# The same call signs a digest in noble-curves 1 and SHA-256 of it in noble-curves 2.
#
# Version: @noble/curves 1.9.7 and 2.4.0
# Expected: After the update sign(digest, key) gives a signature that recovers to the same address.
# Seen: "prehash" is true by default since version 2. Nothing fails; the signature is one of another digest.
# Output seen:
#   1.9.7 sign(digest, key): 001af75f8a0ececc
#   2.4.0 sign(digest, key): a5967ad833ca0a7b
#   2.4.0 sign(digest, key, { prehash: false }): 001af75f8a0ececc
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install noble1@npm:@noble/curves@1.9.7 noble2@npm:@noble/curves@2.4.0
run <<'JS'
import { secp256k1 as one } from 'noble1/secp256k1';
import { secp256k1 as two } from 'noble2/secp256k1.js';

const key = new Uint8Array(32).fill(1);
const digest = new Uint8Array(32).fill(7);
const hex = (bytes) => Buffer.from(bytes).toString('hex').slice(0, 16);
console.log(`1.9.7 sign(digest, key): ${hex(one.sign(digest, key).toCompactRawBytes())}`);
console.log(`2.4.0 sign(digest, key): ${hex(two.sign(digest, key))}`);
console.log(`2.4.0 sign(digest, key, { prehash: false }): ${hex(two.sign(digest, key, { prehash: false }))}`);
JS
