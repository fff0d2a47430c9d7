#!/bin/bash
# What a run of the installed package opens: the packed .tgz in an empty folder, with an empty home and temporary folder, under
# strace. Fails where there is a socket of the network, a look-up of a name, or something left in either folder. With
# onnxruntime's telemetry on there must be something, or this would show nothing. Needs strace; is no part of `npm test`; the
# last result is in strace-run.txt.
#
#   scripts/strace-run.sh | tee scripts/strace-run.txt
set -eu
repository=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d /tmp/segbench-strace-XXXXXX)
trap 'rm -rf "$place"' EXIT
cd "$repository"
packed=$(npm run --silent package)
tar -xzf "$packed" -C "$place"
rm "$packed"
ln -s "$(readlink -f node_modules)" "$place/package/node_modules"

# NAME [VARIABLE=VALUE ...]
traced() {
  local name=$1 trace=$place/$1.trace failed=0
  shift
  mkdir -p "$place/$name"/{home,tmp,cwd}
  cd "$place/$name/cwd"
  env -i PATH="$PATH" HOME="$place/$name/home" TMPDIR="$place/$name/tmp" "$@" \
    strace -f -e trace=network,openat,mkdir,mkdirat,connect -o "$trace" \
    node "$place/package/bin/segbench.js" run --benchmarks doors --limit 2 --out x > "$place/$name.out" 2>&1 || failed=$?
  echo "$name: exit code $failed, $(wc -l < x/rows.jsonl) rows, $(grep -c openat "$trace") files opened"
  local sockets names left
  sockets=$(grep -cE 'AF_INET|AF_NETLINK' "$trace" || true)
  names=$(grep -cE '"/etc/(hosts|host.conf|resolv.conf|nsswitch.conf|gai.conf)"' "$trace" || true)
  left=$(find "$place/$name/home" "$place/$name/tmp" -mindepth 1 | wc -l)
  echo "  calls with AF_INET, AF_INET6 or AF_NETLINK: $sockets"
  echo "  hosts, resolv.conf, nsswitch.conf and the like opened: $names"
  echo "  left in the home and the temporary folder: $left"
  found=$((failed + sockets + names + left))
}

echo "$(strace --version | head -1), Node $(node --version), onnxruntime-node $(node -p 'require("onnxruntime-node/package.json").version')"
traced "as installed"
((found == 0)) || exit 1
traced "with ORT_DISABLE_TELEMETRY=0" ORT_DISABLE_TELEMETRY=0
((found > 0)) || { echo "the trace would not show it"; exit 1; }
