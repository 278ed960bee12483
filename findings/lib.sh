# What every finding shares. A script sources this file first; it is no finding of its own.
# shellcheck shell=bash
set -euo pipefail
finding=$0
home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The Node of the checkout, where `npm ci` has run.
PATH="$home/../node_modules/.bin:$PATH"

skip() {
  printf '=== SKIPPED: %s: %s ===\n' "$(basename "$finding" .sh)" "$1"
  exit 0
}

need() {
  command -v "$1" >/dev/null 2>&1 || skip "needs $1, which is not installed here"
}

need node
need npm
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 22 ] || skip 'needs Node 22 or newer'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$home/lib.mjs" "$work/lib.mjs"
printf '{"private":true,"type":"module"}\n' >"$work/package.json"
# No client may find credentials or settings of this machine.
unset GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_PROJECT STORAGE_EMULATOR_HOST PUBSUB_EMULATOR_HOST NODE_OPTIONS
export METADATA_SERVER_DETECTION=none NO_COLOR=1 TZ=UTC

# install NAME@VERSION...: into the temp folder, without install scripts, and with dependencies as they were on that day.
install() {
  (cd "$work" && npm install --before=2026-11-28 --ignore-scripts --save-exact --no-audit --no-fund --loglevel=error "$@") \
    >"$work/npm.log" 2>&1 || { cat "$work/npm.log"; echo "FAILED: npm install $*"; exit 1; }
}

# install_anvil: the one for this machine.
install_anvil() {
  install "@foundry-rs/anvil-$(node -p '`${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`')@1.7.1"
}

# install_node: Node 24.21.0 for this machine, as bin/node of a package whose name begins with node-.
install_node() {
  install "node-$(node -p '`${process.platform === "win32" ? "win" : process.platform}-${process.arch}`')@24.21.0"
}

# run [FLAGS]: the program on standard input, in the temp folder; what it prints must be what the header says.
run() {
  cat >"$work/main.mjs"
  (cd "$work" && node "$@" main.mjs) >"$work/out" 2>"$work/err" || {
    cat "$work/out" "$work/err"
    echo "FAILED: the program itself failed"
    exit 1
  }
  compare
}

# compare: $work/out against the lines below "# Output seen:".
compare() {
  awk '/^# Output seen:$/ { on = 1; next } on && /^#   / { print substr($0, 5); next } on { exit }' "$finding" >"$work/seen"
  [ -s "$work/seen" ] || { echo 'FAILED: the header has no output'; exit 1; }
  if diff "$work/seen" "$work/out" >"$work/diff"; then
    cat "$work/out"
  else
    cat "$work/diff" "$work/err"
    echo 'CHANGED: < is what the header says, > is what was seen now'
    exit 1
  fi
}
