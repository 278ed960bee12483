#!/usr/bin/env bash
# Apache's own avro-js cannot be loaded: it requires a package that it does not depend on.
#
# Version: avro-js 1.12.2
# Expected: An installed package can be required.
# Seen: "underscore" is missing, and package.json names no dependency. With underscore installed beside it, it loads.
# Output seen:
#   require('avro-js'): throws Cannot find module 'underscore'
#   dependencies: {}
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install avro-js@1.12.2
run <<'JS'
import { createRequire } from 'node:module';
import { show } from './lib.mjs';

const require = createRequire(import.meta.url);
await show("require('avro-js')", () => typeof require('avro-js'));
await show('dependencies', () => require('avro-js/package.json').dependencies ?? 'none');
JS
