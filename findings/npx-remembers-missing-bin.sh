#!/usr/bin/env bash
# npx remembers that a command of the package it stands in had no file yet, also when the file is there.
#
# Version: npm 11.19.1
# Expected: Once the bin file exists, npx NAME in that folder runs it.
# Seen: The first npx links the package into npx's cache without the command. Every later npx uses that cache.
# Output seen:
#   before the file is written: not found
#   with the file: not found
#   with the file, without the cache: it runs
set -euo pipefail
. "$(dirname "$0")/lib.sh"
mkdir "$work/package" "$work/cache"
cd "$work/package"
export npm_config_cache="$work/cache" npm_config_update_notifier=false
printf '{ "name": "a-command-to-be", "version": "1.0.0", "bin": { "a-command-to-be": "command.js" } }\n' >package.json
try() { printf '%s: %s\n' "$1" "$(npx --offline a-command-to-be 2>&1 | grep -o -e 'not found' -e 'it runs' | tail -1)"; }
{
  try 'before the file is written'
  printf '#!/usr/bin/env node\nconsole.log("it runs");\n' >command.js
  chmod +x command.js
  try 'with the file'
  rm -r "$work/cache/_npx"
  try 'with the file, without the cache'
} >"$work/out" 2>"$work/err"
compare
