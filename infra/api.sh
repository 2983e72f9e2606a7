#!/usr/bin/env bash
# The API contract and its TypeScript types, out of the code.
#   api.sh            writes backend/openapi.json and the front ends' schema.d.ts
#   api.sh --check    fails when one of them is stale, and leaves both as they were
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup/lib.sh"
cd "$ROOT"

lotse=${LOTSE_BIN:-}
if [ -z "$lotse" ]; then
  step 'building lotse'
  quietly "$LOTSE_LOGS/api-build.log" cargo build -q -p lotse
  ok
  lotse=$CARGO_TARGET_DIR/debug/lotse
fi
spec=$(mktemp)
trap 'rm -f "$spec"' EXIT
"$lotse" openapi >"$spec"

if [ "${1:-}" = --check ]; then
  diff -u backend/openapi.json "$spec" >/dev/null || fail "backend/openapi.json is stale: run 'make api' and commit it"
  schema=$(cd mobile && git ls-files --full-name '*schema.d.ts' 2>/dev/null | head -n 1)
  [ -n "$schema" ] || schema=$(find mobile -name schema.d.ts -not -path '*/node_modules/*' | head -n 1)
  before=$(mktemp)
  cp "$schema" "$before"
  (cd mobile && npm run --silent gen >/dev/null)
  if ! cmp -s "$before" "$schema"; then
    cp "$before" "$schema"
    rm -f "$before"
    fail "$schema is stale: run 'make api' and commit it"
  fi
  rm -f "$before"
  say '  openapi.json and schema.d.ts are current'
else
  cp "$spec" backend/openapi.json
  "$ROOT/infra/web.sh" install
  (cd mobile && npm run --silent gen)
  say '  written: backend/openapi.json and the front ends'\'' types'
fi
