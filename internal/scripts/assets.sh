#!/usr/bin/env bash
# Installs the packages of web/package-lock.json and copies what the pages load into web/static/vendor, from where
# it is embedded. Does nothing when neither the lockfile nor a copied file has changed since the last time: the
# checksums of both are kept in web/node_modules, so that removing that folder starts afresh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../web"

stamp=node_modules/.backtrail-assets
kept=(node_modules/axe-core/axe.min.js) # read by the browser tests, not embedded

if [[ -f $stamp ]] && sha256sum --check --status "$stamp" 2>/dev/null; then
  exit 0
fi

if ! command -v npm >/dev/null; then
  echo "assets: npm is missing; on Debian: apt-get install npm" >&2
  exit 1
fi

npm ci --no-audit --no-fund --ignore-scripts --loglevel=error

mkdir -p static/vendor
find static/vendor -type f ! -name .gitkeep -delete
cp node_modules/htmx.org/dist/htmx.min.js static/vendor/htmx.min.js
cp node_modules/sortablejs/Sortable.min.js static/vendor/sortable.min.js

# The licence texts travel with the code, as MIT asks.
cp node_modules/htmx.org/LICENSE static/vendor/htmx.LICENSE.txt
cp node_modules/sortablejs/LICENSE static/vendor/sortable.LICENSE.txt

sha256sum package-lock.json "${kept[@]}" static/vendor/* >"$stamp"
