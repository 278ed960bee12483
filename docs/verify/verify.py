#!/usr/bin/env python3
"""Computes the id of a request, its digests and its twelve words from docs/formats.md alone, without code of keyturn and without packages.

    python3 docs/verify/verify.py LAW REQUEST...

LAW is a law, or a keyturn.json. REQUEST is a request as it was published, or request.json as it is stored. Nothing is sent anywhere.
"""
import functools
import hashlib
import json
import pathlib
import sys

MASK = (1 << 64) - 1
FIELDS = ("wallet chainId type to value data accessList gasLimit maxFeePerGas maxPriorityFeePerGas nonce replaces "
          "validUntil reference memo requester").split()


def tables():
    """FIPS 202: the constants of iota (3.2.5, a shift register), and of rho and pi where each lane comes from and how far it turns."""
    state, constants = 1, []
    for _ in range(24):
        constants.append(0)
        for j in range(7):
            constants[-1] |= (state & 1) << ((1 << j) - 1)
            state = (state << 1) ^ (0x171 if state & 0x80 else 0)
    moves, x, y = [(0, 0)] * 25, 1, 0
    for t in range(24):
        source, (x, y) = x + 5 * y, (y, (2 * x + 3 * y) % 5)
        moves[x + 5 * y] = (source, (t + 1) * (t + 2) // 2 % 64)
    return constants, moves, [(i - i % 5 + (i + 1) % 5, i - i % 5 + (i + 2) % 5) for i in range(25)]


CONSTANTS, MOVES, NEXT = tables()


def permute(a):
    """Keccak-f[1600] over 25 lanes, lane (x, y) at x + 5y."""
    for constant in CONSTANTS:
        c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        d = [c[x - 1] ^ (c[x - 4] << 1 & MASK) ^ (c[x - 4] >> 63) for x in range(5)] * 5
        a = [lane ^ each for lane, each in zip(a, d)]
        b = [(a[source] << by & MASK) | (a[source] >> (64 - by)) for source, by in MOVES]
        a = [lane ^ (~b[one] & b[two]) for lane, (one, two) in zip(b, NEXT)]
        a[0] ^= constant
    return a


def keccak256(data):
    """Keccak with a rate of 136 bytes and the padding of Ethereum (01), not that of SHA-3 (06)."""
    data += b"\x01" + b"\x00" * (-(len(data) + 1) % 136)
    data = data[:-1] + bytes([data[-1] | 0x80])
    lanes = [0] * 25
    for at in range(0, len(data), 136):
        for i in range(17):
            lanes[i] ^= int.from_bytes(data[at + 8 * i:at + 8 * i + 8], "little")
        lanes = permute(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


@functools.lru_cache(None)
def text(value):
    return keccak256(value.encode())


def digests(request, address, bucket):
    """EIP-712, and the digests of ERC-8213."""
    domain = keccak256(text("EIP712Domain(string name,string version,uint256 chainId,bytes32 salt)") + text("keyturn")
                       + text("2") + int(request["chainId"]).to_bytes(32, "big") + text("gs://" + bucket))
    kind = "Request(" + "".join("string " + field + "," for field in FIELDS) + "address walletAddress)"
    message = keccak256(text(kind) + b"".join(text(request[field]) for field in FIELDS)
                        + int(address, 16).to_bytes(32, "big"))
    data = bytes.fromhex(request["data"][2:])
    return {"id": keccak256(b"\x19\x01" + domain + message).hex(), "domain": "0x" + domain.hex(),
            "message": "0x" + message.hex(),
            "calldata": "0x" + keccak256(len(data).to_bytes(32, "big") + data).hex()}


def words(digest):
    """BIP-39 over the first 16 bytes: 128 bits and 4 bits of their sha256, 11 bits a word. No wallet's key is behind them."""
    entropy = bytes.fromhex(digest)[:16]
    bits = int.from_bytes(entropy, "big") << 4 | hashlib.sha256(entropy).digest()[0] >> 4
    names = pathlib.Path(__file__).with_name("words.txt").read_text().split()
    return " ".join(names[bits >> (11 * n) & 2047] for n in range(11, -1, -1))


def once(pairs):
    """Of a name that stands twice, two readers could take two values."""
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a name stands twice")
    return dict(pairs)


def main(law_file, *request_files):
    read = lambda file: json.loads(pathlib.Path(file).read_text(encoding="utf-8"), object_pairs_hook=once)
    law = read(law_file)
    law = law.get("law", law)
    addresses = {wallet["name"]: wallet["address"] for wallet in law["wallets"]}
    status = 0
    for file in request_files:
        stored = read(file)
        request = stored.get("request", stored)
        if set(request) - {"requesterSignature"} != set(FIELDS):
            raise ValueError(file + " is no request: its fields are others")
        found = digests(request, addresses[request["wallet"]], law["name"] + "-register")
        print("\n".join(f"{name:9}{value}" for name, value in {**found, "words": words(found["id"])}.items()))
        if stored.get("id", found["id"]) != found["id"]:
            status = print("DO NOT APPROVE: it is stored under the id", stored["id"]) or 1
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 2 else __doc__)
