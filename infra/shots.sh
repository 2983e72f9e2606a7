#!/usr/bin/env bash
# make shots: builds the demo and takes a picture of every page into ./shots.    shots.sh [SURFACE…]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup/lib.sh"
cd "$ROOT"
"$ROOT/infra/web.sh"
if [ -z "${LOTSE_BIN:-}" ]; then
  step 'building lotse'
  quietly "$LOTSE_LOGS/shots-build.log" cargo build --locked -p lotse
  ok
  export LOTSE_BIN=$CARGO_TARGET_DIR/debug/lotse
fi
SHOTS=${SHOTS:-$ROOT/shots} node tests/browser/shots.mjs "$@"
