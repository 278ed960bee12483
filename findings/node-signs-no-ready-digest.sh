#!/usr/bin/env bash
# Node's crypto.sign without an algorithm hashes an elliptic-curve digest once more.
#
# Version: Node 24.21.0, @noble/curves 2.4.0
# Expected: sign(null, digest, key) signs the 32 bytes as they are, so that a Keccak digest can be signed.
# Seen: null means SHA-256 here. The signature is one of SHA-256(digest), and recovers to a stranger's address.
# Output seen:
#   valid for the digest: false
#   valid for SHA-256 of the digest: true
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @noble/curves@2.4.0
run <<'JS'
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
const { x, y } = publicKey.export({ format: 'jwk' });
const point = Uint8Array.from([4, ...Buffer.from(x, 'base64url'), ...Buffer.from(y, 'base64url')]);
const digest = Buffer.alloc(32, 7);
const signature = sign(null, digest, { key: privateKey, dsaEncoding: 'ieee-p1363' });
const valid = (message) => secp256k1.verify(signature, message, point, { prehash: false, lowS: false });
console.log(`valid for the digest: ${valid(digest)}`);
console.log(`valid for SHA-256 of the digest: ${valid(createHash('sha256').update(digest).digest())}`);
JS
