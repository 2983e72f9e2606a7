#!/usr/bin/env bash
# make bench: measures on a binary built nearly as a release is; prints "name value unit target ok|short".
#   bench.sh [NAME…]    only the figures whose names start so
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup/lib.sh"
cd "$ROOT"
"$ROOT/infra/web.sh" >&2
echo '  building (the first time takes some minutes)' >&2
quietly "$LOTSE_LOGS/bench-build.log" cargo build --locked --profile measure -p lotse -p system-tests --bins
# Ten thousand listeners are as many open files.
ulimit -n "$(ulimit -Hn)"
export LOTSE_DURABLE=1
LOTSE_BIN=$CARGO_TARGET_DIR/measure/lotse "$ROOT/infra/setup/services.sh" "$CARGO_TARGET_DIR/measure/bench" "$@"
