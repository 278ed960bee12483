#!/usr/bin/env bash
# Google's gRPC clients do not load in a Node that forbids code made from strings; the Storage client does.
#
# Version: @google-cloud/kms 6.3.0, @google-cloud/pubsub 6.3.0, @google-cloud/storage 8.4.0, Node 24.21.0
# Expected: A client library of a cloud runs under --disallow-code-generation-from-strings, a usual hardening.
# Seen: protobufjs writes functions as text when it loads its messages, and that throws an EvalError at import.
# Output seen:
#   kms: throws Code generation from strings disallowed for this context
#   pubsub: throws Code generation from strings disallowed for this context
#   storage: loaded
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/kms@6.3.0 @google-cloud/pubsub@6.3.0 @google-cloud/storage@8.4.0
run --disallow-code-generation-from-strings <<'JS'
import { show } from './lib.mjs';

for (const name of ['kms', 'pubsub', 'storage']) await show(name, async () => ((await import(`@google-cloud/${name}`)) ? 'loaded' : ''));
process.exit();
JS
