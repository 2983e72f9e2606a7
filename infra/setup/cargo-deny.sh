#!/usr/bin/env bash
# cargo-deny in the version this project is checked with, in the cache folder; found on the PATH first.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

VERSION=0.20.2
if [ "$(cargo deny --version 2>/dev/null | awk '{print $2}')" != "$VERSION" ]; then
  step "building cargo-deny $VERSION (once)"
  # Unoptimised on purpose: it builds in a third of the time and reads our lock file in seconds.
  quietly "$LOTSE_LOGS/cargo-deny-install.log" cargo install --locked --debug --no-default-features \
    --root "$LOTSE_CACHE/tools" --target-dir "$CARGO_TARGET_DIR/cargo-deny" "cargo-deny@$VERSION"
  rm -rf "$CARGO_TARGET_DIR/cargo-deny"
  ok
fi
