#!/usr/bin/env bash
# Licences, bans and sources of everything we take from outside; advisories when their database is on this machine.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup/lib.sh"
cd "$ROOT"
"$ROOT/infra/setup/cargo-deny.sh"
cargo fetch --locked --quiet
cargo deny --locked --offline check --hide-inclusion-graph licenses bans sources
databases=("${CARGO_HOME:-$HOME/.cargo}"/advisory-db*/*/)
if [ -e "${databases[0]}" ]; then
  cargo deny --locked --offline check --hide-inclusion-graph advisories
else
  say 'advisories: not checked, their database is not on this machine (cargo deny fetch db brings it)'
fi
