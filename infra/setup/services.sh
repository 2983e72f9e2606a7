#!/usr/bin/env bash
# services.sh COMMAND…: runs COMMAND beside a private PostgreSQL and Redis and stops them afterwards.
#   infra/setup/services.sh cargo nextest run -p store
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/services-lib.sh"
[ $# -gt 0 ] || fail 'usage: infra/setup/services.sh COMMAND [ARGUMENT…]'
trap stop_services EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
start_services
"$@"
