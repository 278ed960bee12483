#!/usr/bin/env python3
"""Verifies the signatures of events from docs/formats.md alone, without code of keyturn: Python's own library, and openssl.

    gcloud pubsub subscriptions pull SUBSCRIPTION --format=json > events.json
    python3 docs/verify/verify_event.py LAW events.json

LAW is a law, or a keyturn.json, from your own repository. One line for each event: the finding, ce-type and ce-id. Ends with 1 where one is
not valid. A valid signature shows who said it, not that it is so.
"""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile


def netstring(data):
    return str(len(data)).encode() + b":" + data + b","


def signed_bytes(attributes, data):
    named = [attributes.get(name, "") for name in ("ce-id", "ce-type", "ce-source", "ce-time")]
    return b"".join(netstring(text.encode()) for text in ["keyturn-event-v1", *named]) + netstring(data)


def openssl_takes(public_key, signature, message):
    with tempfile.TemporaryDirectory() as folder:
        files = {"key": public_key, "signature": signature, "message": message}
        paths = {name: pathlib.Path(folder, name) for name in files}
        for name, content in files.items():
            paths[name].write_bytes(content)
        command = ["openssl", "dgst", "-sha256", "-verify", paths["key"], "-keyform", "DER", "-signature", paths["signature"], paths["message"]]
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def finding(keys, attributes, data):
    signature, name = attributes.get("keyturn-signature"), attributes.get("keyturn-signature-key")
    if signature is None and name is None:
        return "absent"
    if signature is None or name is None:
        return "invalid"
    if name not in keys:
        return "unknown-key"
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError:
        return "invalid"
    return "valid" if openssl_takes(keys[name], raw, signed_bytes(attributes, data)) else "invalid"


def main(law_path, events_path):
    law = json.loads(pathlib.Path(law_path).read_text(encoding="utf-8"))
    law = law.get("law", law)
    keys = {key["name"]: base64.b64decode(key["publicKey"]) for key in law.get("eventKeys", [])}
    worst = 0
    for received in json.loads(pathlib.Path(events_path).read_text(encoding="utf-8")):
        message = received.get("message", received)
        attributes, data = message.get("attributes", {}), base64.b64decode(message.get("data", ""))
        found = finding(keys, attributes, data)
        # What a stranger wrote is printed as JSON writes it: no control characters reach the terminal.
        print(found, json.dumps(attributes.get("ce-type", "")), json.dumps(attributes.get("ce-id", "")))
        worst = max(worst, 0 if found == "valid" else 1)
    return worst


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
