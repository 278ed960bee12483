#!/usr/bin/env bash
# One call of fflate makes other zip bytes in another time zone.
#
# Version: fflate 0.8.2
# Expected: The same files and the same instant (mtime) give the same zip.
# Seen: The time is written in local time. The bytes are equal only where the date was built from local parts.
# Output seen:
#   UTC: one instant 8e852cab7148bb5e, local parts 8e852cab7148bb5e
#   Asia/Taipei: one instant d7d1d59cbd610111, local parts 8e852cab7148bb5e
#   America/New_York: one instant 759d906bbad086ed, local parts 8e852cab7148bb5e
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install fflate@0.8.2
run <<'JS'
import { createHash } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';

const zip = (mtime) => createHash('sha256').update(zipSync({ file: strToU8('x') }, { mtime })).digest('hex').slice(0, 16);
for (const zone of ['UTC', 'Asia/Taipei', 'America/New_York']) {
  process.env.TZ = zone;
  console.log(`${zone}: one instant ${zip(new Date('2026-01-01T00:00:00Z'))}, local parts ${zip(new Date(2026, 0, 1))}`);
}
JS
