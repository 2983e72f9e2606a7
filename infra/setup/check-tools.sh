#!/usr/bin/env bash
# Are the tools there that build Lotse? Installs by apt what apt has and when it may;
# otherwise names exactly what to run, and stops.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

WANT_RUST=1.94
WANT_NODE=20.19

rust_ok() { command -v cargo >/dev/null && at_least "$(rustc --version 2>/dev/null | awk '{print $2}')" $WANT_RUST; }
node_ok() { command -v npm >/dev/null && at_least "$(node --version 2>/dev/null | tr -d v)" $WANT_NODE; }
openssl_ok() { command -v pkg-config >/dev/null && pkg-config --exists openssl; }
cc_ok() { command -v cc >/dev/null && [ -e /usr/include/stdlib.h ]; }

# apt_has PACKAGE WANT: does apt offer PACKAGE in at least the version WANT?
apt_has() {
  local offered
  offered=$(apt-cache policy "$1" 2>/dev/null | awk '/Candidate:/ {print $2}' | sed 's/^[0-9]*://; s/[-+~].*//')
  [ -n "$offered" ] && [ "$offered" != "(none)" ] && at_least "$offered" "$2"
}

packages=()
cc_ok || packages+=(gcc libc6-dev)
command -v make >/dev/null || packages+=(make)
openssl_ok || packages+=(pkg-config libssl-dev)

as_root=$([ "$(id -u)" = 0 ] || printf 'sudo ')
advice=()
if ! rust_ok || ! node_ok || [ ${#packages[@]} -gt 0 ]; then
  if prefix=$(apt_prefix); then
    step 'reading the package lists'
    apt_update "$prefix"
    ok
    ! rust_ok && apt_has rustc $WANT_RUST && packages+=(rustc cargo)
    ! node_ok && apt_has nodejs $WANT_NODE && packages+=(nodejs npm)
    if [ ${#packages[@]} -gt 0 ]; then
      step "installing ${packages[*]}"
      apt_install "$prefix" "${packages[@]}"
      ok
    fi
  elif [ ${#packages[@]} -gt 0 ]; then
    if command -v apt-get >/dev/null; then
      advice+=("${as_root}apt-get update && ${as_root}apt-get install -y ${packages[*]}")
    else
      advice+=("install with your system's package manager: a C compiler, make, pkg-config, the OpenSSL headers")
    fi
  fi
fi

if ! rust_ok; then
  if command -v rustup >/dev/null; then
    advice+=("rustup update stable && rustup default stable      # Rust $WANT_RUST or newer; found: $(rustc --version 2>/dev/null || echo none)")
  else
    advice+=("curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c clippy -c rustfmt      # Rust $WANT_RUST or newer")
  fi
fi
if ! node_ok; then
  advice+=("curl -fsSL https://deb.nodesource.com/setup_22.x | ${as_root:+sudo -E }bash - && ${as_root}apt-get install -y nodejs      # Node $WANT_NODE or newer; found: $(node --version 2>/dev/null || echo none)")
fi

if [ ${#advice[@]} -gt 0 ]; then
  if ! command -v curl >/dev/null && command -v apt-get >/dev/null; then
    advice=("${as_root}apt-get update && ${as_root}apt-get install -y curl ca-certificates" "${advice[@]}")
  fi
  {
    say
    say 'Lotse cannot be built yet. Please run:'
    for line in "${advice[@]}"; do say "  $line"; done
    say 'and then the same make command again.'
  } >&2
  exit 1
fi
cc_ok || fail 'no working C compiler: cc or its headers are missing (Debian: gcc libc6-dev)'
openssl_ok || fail 'pkg-config does not find OpenSSL (Debian: pkg-config libssl-dev)'

say "  tools: rust $(rustc --version | awk '{print $2}'), node $(node --version | tr -d v), $(cc --version | head -n 1 | awk '{print $1, $NF}'), openssl $(pkg-config --modversion openssl)"
