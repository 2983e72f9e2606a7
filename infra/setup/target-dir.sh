#!/usr/bin/env bash
# Prints the folder this checkout is built in, and makes it: $CARGO_TARGET_DIR, or one of its own in the cache.
# One for each checkout, because cargo tells by the age of files what is to be built again: of two checkouts that
# share a folder, one would run what was built of the other.
set -euo pipefail
[ -z "${CARGO_TARGET_DIR:-}" ] || { printf '%s\n' "$CARGO_TARGET_DIR"; exit 0; }
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
all=${LOTSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lotse}/target
mine=$all/$(cksum <<<"$checkout" | cut -d ' ' -f 1)
if [ ! -f "$mine/checkout" ]; then
  # A new checkout: what was built of those that are gone makes room.
  for other in "$all"/*/checkout; do
    [ ! -f "$other" ] || [ -d "$(<"$other")" ] || rm -rf "$(dirname "$other")"
  done
  mkdir -p "$mine"
  printf '%s\n' "$checkout" >"$mine/checkout"
fi
printf '%s\n' "$mine"
