#!/usr/bin/env bash
# Builds the front ends into mobile/dist when something they are made of changed since the last build.
#   web.sh            install and build      web.sh install    install only
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup/lib.sh"
cd "$ROOT/mobile"
[ -f package.json ] || { say '  front ends: none in this checkout yet'; exit 0; }

digest() { sha256sum | cut -c1-40; }
lock=$( (node --version; cat package-lock.json) | digest)
if [ "$(cat node_modules/.lotse-installed 2>/dev/null)" != "$lock" ]; then
  step 'installing the front ends'\'' packages'
  quietly "$LOTSE_LOGS/npm-ci.log" npm ci --no-audit --no-fund
  printf '%s' "$lock" >node_modules/.lotse-installed
  ok
fi
[ "${1:-build}" != install ] || exit 0

inputs=$(find . ../infra/runbooks -type f -not -path './node_modules/*' -not -path './dist/*' -not -path './test-results/*' -print0 |
  LC_ALL=C sort -z | xargs -0 sha256sum | digest)-$lock
if [ ! -f dist/index.html ] || [ "$(cat node_modules/.lotse-built 2>/dev/null)" != "$inputs" ]; then
  step 'building the front ends'
  quietly "$LOTSE_LOGS/npm-build.log" npm run build
  printf '%s' "$inputs" >node_modules/.lotse-built
  ok
fi
