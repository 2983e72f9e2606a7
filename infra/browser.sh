#!/usr/bin/env bash
# The browser journeys on a demo town of their own.    browser.sh [SURFACE…]
# LOTSE_PAGES=FOLDER shows the pages of that folder instead of those built into the program.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup/lib.sh"
cd "$ROOT"
export LOTSE_BIN=${LOTSE_BIN:-$CARGO_TARGET_DIR/debug/lotse}
[ -x "$LOTSE_BIN" ] || fail "$LOTSE_BIN is missing: cargo build -p lotse"
exec node tests/browser/journeys.mjs "$@"
