#!/bin/sh
# Runs a program of this checkout on its own Node.js, installing the pinned packages first when they are missing or stale.
set -eu
cd "$(dirname "$0")"
if [ "$(uname -s)" = Linux ] && [ "$(uname -m)" = x86_64 ]; then
  node=node_modules/.bin/node
else
  # No Node.js is pinned for other platforms; theirs must run TypeScript as it is.
  node=node
  version=$(node --version 2>/dev/null || echo none)
  case $version in
    v22.1[89].* | v22.[2-9][0-9].* | v2[3-9].* | v[3-9][0-9].*) ;;
    *) echo "Node.js 22.18 or later is needed; on PATH is: $version. Install it from https://nodejs.org" >&2; exit 1 ;;
  esac
fi
stamp=node_modules/.throughline-lock
if ! cmp -s package-lock.json "$stamp"; then
  command -v npm >/dev/null || { echo "npm is missing. Install Node.js with npm, e.g.: apt-get install -y nodejs npm" >&2; exit 1; }
  echo "Installing the pinned npm packages (about a minute, once)..." >&2
  # The packages need no install scripts; the engine warnings are about the caller's Node.js, not the one used here.
  install() { npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2; }
  # Again where a download broke off: npm keeps what it has.
  install || { sleep 5; install; }
  cp package-lock.json "$stamp"
fi
# What was compiled once starts in half the time.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$PWD/node_modules/.cache/node}"
exec "$node" "$@"
