#!/usr/bin/env bash
# What the tests need beside the build tools: PostgreSQL, Redis, browsers, fonts. From apt, when apt may;
# the system's own services are neither started nor used.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/services-lib.sh"

as_root=$([ "$(id -u)" = 0 ] || printf 'sudo ')
packages=()
[ -n "$(postgres_bin)" ] || packages+=(postgresql)
command -v redis-server >/dev/null || packages+=(redis-server)
[ -n "$(chromium_bin)" ] || packages+=(chromium)
command -v firefox-esr >/dev/null || command -v firefox >/dev/null || packages+=(firefox-esr)
fonts=$(fc-list 2>/dev/null || true)
grep -qi 'noto' <<<"$fonts" || packages+=(fonts-noto-core)
grep -qi 'dejavu' <<<"$fonts" || packages+=(fonts-dejavu)

if [ ${#packages[@]} -gt 0 ]; then
  if prefix=$(apt_prefix); then
    step "installing ${packages[*]}"
    apt_install "$prefix" "${packages[@]}"
    ok
  else
    fail "The tests need more packages. Please run:
  ${as_root}apt-get update && ${as_root}apt-get install -y --no-install-recommends ${packages[*]}"
  fi
fi
say "  services: postgres $("$(postgres_bin)/postgres" --version | awk '{print $3}'), $(redis-server --version | awk '{print "redis", substr($3, 3)}'), $("$(chromium_bin)" --version 2>/dev/null | awk '{print tolower($1), $2}')"
