#!/usr/bin/env bash
# Terraform's replace() takes "/cryptoKeys/" for a regular expression, and leaves the slashes in the name.
#
# Version: Terraform 1.11.4 (needs terraform)
# Expected: Each "/cryptoKeys/" in a resource name becomes "/keys/".
# Seen: Text between slashes is a pattern without them, so the slashes stay and double. The same text without its last slash is plain text.
# Output seen:
#   replace("keyRings/r/cryptoKeys/k", "/cryptoKeys/", "/keys/"): "keyRings/r//keys//k"
#   replace("keyRings/r/cryptoKeys/k", "/cryptoKeys", "/keys"): "keyRings/r/keys/k"
set -euo pipefail
. "$(dirname "$0")/lib.sh"
need terraform
cd "$work"
touch terraform.rc
export TF_CLI_CONFIG_FILE="$work/terraform.rc" CHECKPOINT_DISABLE=1
{
  for expression in \
    'replace("keyRings/r/cryptoKeys/k", "/cryptoKeys/", "/keys/")' \
    'replace("keyRings/r/cryptoKeys/k", "/cryptoKeys", "/keys")'; do
    printf '%s: %s\n' "$expression" "$(printf '%s\n' "$expression" | terraform console)"
  done
} >"$work/out" 2>"$work/err"
compare
