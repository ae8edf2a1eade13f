#!/usr/bin/env bash
# Installs the programs that tests use as real counterparts. Needs Debian or a relative, and root for what is missing.
set -euo pipefail

missing=()
command -v java >/dev/null || missing+=(default-jre-headless)
command -v mvn >/dev/null || missing+=(maven)
command -v chromium >/dev/null || missing+=(chromium)
[ -x /usr/sbin/dovecot ] || missing+=(dovecot-imapd dovecot-lmtpd)
[ "${#missing[@]}" -eq 0 ] && exit 0

echo "→ Programs for tests: ${missing[*]}"
if ! command -v apt-get >/dev/null; then
    echo "Please install these yourself; this script knows Debian's package manager only." >&2
    exit 1
fi
run=()
[ "$(id -u)" -eq 0 ] || run=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
# Mail servers must not start on their own just because tests want their binaries.
"${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
