# shellcheck shell=bash
# What the scripts of infra/ share: progress lines, quiet runs, apt when it may.
# Sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LOTSE_CACHE=${LOTSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lotse}
CARGO_TARGET_DIR=$(LOTSE_CACHE=$LOTSE_CACHE "$ROOT/infra/setup/target-dir.sh")
export CARGO_TARGET_DIR
LOTSE_LOGS=${LOTSE_LOGS:-$LOTSE_CACHE/logs}
mkdir -p "$LOTSE_LOGS"
export ROOT LOTSE_CACHE LOTSE_LOGS
[ ! -d "$HOME/.cargo/bin" ] || PATH="$HOME/.cargo/bin:$PATH"
PATH="$LOTSE_CACHE/tools/bin:$PATH"

say() { printf '%s\n' "$*"; }
step() { printf '  %s … ' "$1"; }
ok() { echo ok; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }

# at_least HAVE WANT: does the dotted version HAVE reach WANT?
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# quietly LOG COMMAND…: runs with the output in LOG; shows its end when the command fails.
quietly() {
  local log=$1
  shift
  if ! "$@" >"$log" 2>&1 </dev/null; then
    printf '\n\nfailed: %s\n' "$*" >&2
    tail -n 40 "$log" >&2
    printf 'the whole output: %s\n' "$log" >&2
    return 1
  fi
}

# The prefix with which apt may be called, or nothing and a non-zero status when it may not.
apt_prefix() {
  command -v apt-get >/dev/null || return 1
  [ -z "${LOTSE_NO_INSTALL:-}" ] || return 1
  if [ "$(id -u)" = 0 ]; then
    printf 'env'
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    printf 'sudo -n env'
  else
    return 1
  fi
}

# Refreshes apt's lists once per run and not more than once a day.
apt_update() {
  local prefix=$1 stamp=$LOTSE_CACHE/apt-updated
  if [ -n "$(find "$stamp" -mmin -1440 2>/dev/null)" ]; then return 0; fi
  # shellcheck disable=SC2086 # the prefix is words on purpose
  quietly "$LOTSE_LOGS/apt-update.log" $prefix apt-get -o DPkg::Lock::Timeout=300 update -q || return 1
  touch "$stamp"
}

# Installs packages without starting any service they bring.
apt_install() {
  local prefix=$1 policy=
  shift
  apt_update "$prefix" || return 1
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    # shellcheck disable=SC2086
    $prefix sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
  fi
  local status=0
  # shellcheck disable=SC2086
  quietly "$LOTSE_LOGS/apt-install.log" $prefix DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "$@" || status=1
  # shellcheck disable=SC2086
  [ -z "$policy" ] || $prefix rm -f "$policy"
  return $status
}
