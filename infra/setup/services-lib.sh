# shellcheck shell=bash
# A private PostgreSQL and a private Redis on free ports, in a temporary folder, for one run.
# Sourced after lib.sh. `start_services` exports LOTSE_TEST_POSTGRES_URL (a superuser's, to the database
# `postgres`; tests create their own databases), LOTSE_TEST_REDIS_URL and LOTSE_TEST_TEMPLATES (a folder for SQLite files to
# copy). A URL that is already set is kept. With LOTSE_DURABLE=1 PostgreSQL writes to the disk as it does in production.

# The folder with initdb and postgres, or nothing.
postgres_bin() {
  local folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
    if [ -x "$folder/initdb" ]; then printf '%s' "$folder"; return 0; fi
  done
  folder=$(command -v initdb || true)
  [ -z "$folder" ] || dirname "$(readlink -f "$folder")"
}

chromium_bin() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

# A port of the loopback interface nobody listens on, outside the range the kernel hands out by itself.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s' "$port"; return 0; }
  done
}

# initdb and postgres refuse to be root: then an unprivileged account runs them.
as_postgres() {
  if [ "$(id -u)" != 0 ]; then
    "$@"
  elif id postgres >/dev/null 2>&1; then
    setpriv --reuid postgres --regid "$(id -g postgres)" --clear-groups env HOME=/tmp "$@"
  else
    setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp "$@"
  fi
}

SERVICES_DIR=

start_services() {
  SERVICES_DIR=$(mktemp -d "${TMPDIR:-/tmp}/lotse-services.XXXXXX")
  chmod 755 "$SERVICES_DIR"
  export LOTSE_TEST_TEMPLATES=$SERVICES_DIR
  [ -n "${LOTSE_TEST_POSTGRES_URL:-}" ] || start_postgres
  [ -n "${LOTSE_TEST_REDIS_URL:-}" ] || start_redis
}

start_postgres() {
  local bin folder=$SERVICES_DIR/postgres port try durability
  durability='-c fsync=off -c synchronous_commit=off -c full_page_writes=off'
  [ "${LOTSE_DURABLE:-}" != 1 ] || durability=
  bin=$(postgres_bin)
  [ -n "$bin" ] || { echo 'PostgreSQL is not installed (infra/setup/test-tools.sh)' >&2; return 1; }
  mkdir "$folder"
  [ "$(id -u)" != 0 ] || chown "$(as_postgres id -u)" "$folder"
  (cd "$folder" && as_postgres "$bin/initdb" --no-sync --auth=trust --username=lotse --encoding=UTF8 \
    --locale=C.UTF-8 -D "$folder/data" >"$SERVICES_DIR/initdb.log" 2>&1) || { cat "$SERVICES_DIR/initdb.log" >&2; return 1; }
  for try in 1 2 3 4 5; do
    port=$(free_port)
    if (cd "$folder" && as_postgres "$bin/pg_ctl" start -s -w -t 30 -D "$folder/data" -l "$folder/postgres.log" \
      -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='$folder' $durability \
          -c max_connections=400 -c shared_buffers=128MB \
          -c timezone=UTC -c log_statement=none" >/dev/null 2>&1 </dev/null); then
      export LOTSE_TEST_POSTGRES_URL="postgres://lotse@127.0.0.1:$port/postgres"
      return 0
    fi
  done
  echo "PostgreSQL did not start ($try tries):" >&2
  tail -n 20 "$folder/postgres.log" >&2
  return 1
}

start_redis() {
  local port folder=$SERVICES_DIR/redis
  mkdir "$folder"
  for _ in 1 2 3 4 5; do
    port=$(free_port)
    redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$folder" \
      --daemonize yes --pidfile "$folder/pid" --logfile "$folder/redis.log" >/dev/null 2>&1 || continue
    for _ in $(seq 50); do
      if redis-cli -p "$port" ping >/dev/null 2>&1; then
        export LOTSE_TEST_REDIS_URL="redis://127.0.0.1:$port"
        return 0
      fi
      sleep 0.1
    done
  done
  echo 'Redis did not start:' >&2
  tail -n 20 "$folder/redis.log" >&2
  return 1
}

stop_services() {
  [ -n "$SERVICES_DIR" ] && [ -d "$SERVICES_DIR" ] || return 0
  if [ -d "$SERVICES_DIR/postgres/data" ]; then
    (cd "$SERVICES_DIR/postgres" && as_postgres "$(postgres_bin)/pg_ctl" stop -s -m immediate -D "$SERVICES_DIR/postgres/data" >/dev/null 2>&1) || true
  fi
  if [ -s "$SERVICES_DIR/redis/pid" ]; then
    local redis
    redis=$(cat "$SERVICES_DIR/redis/pid")
    kill "$redis" 2>/dev/null || true
    for _ in $(seq 50); do
      kill -0 "$redis" 2>/dev/null || break
      sleep 0.05
    done
  fi
  rm -rf "$SERVICES_DIR"
  SERVICES_DIR=
}
