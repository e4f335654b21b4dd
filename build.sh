#!/usr/bin/env bash
# Builds, tests and publishes PlanB. Each part does its own set-up; ./build.sh help lists the parts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# shellcheck source=build/setup.sh
source build/setup.sh
# shellcheck source=build/demo.sh
source build/demo.sh

readonly BINARY_BYTES_MAX=$((20 * 1024 * 1024))
readonly RID=linux-x64

export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export DOTNET_GENERATE_ASPNET_CERTIFICATE=false
PATH="$PATH:/usr/sbin"

help() {
  cat <<'END'
usage: ./build.sh [PART] [ARGUMENT...]

  (no part)   builds, tests, and publishes artifacts/planb
  test        the same as no part; arguments go to dotnet test, for example: test --filter Grammar
  publish     makes artifacts/planb: one native file that needs no .NET; takes one to three minutes
  deb         publishes, and makes a Debian package of the program and its service: artifacts/planb_VERSION_amd64.deb
  docker      publishes, and makes the images planb:VERSION and planb:latest with docker, podman or buildah, the first
              of them that works here; arguments go to its build command, for example: docker --pull
  demo        runs PlanB with a private Redis and three toy backends until Ctrl-C, without a native compile: demo --help
  docs        writes the generated files again: docs/flags.md, OPTIONS of docs/planb.8, packaging/completion/planb
  bench       publishes, then measures latency and CPU per request, alone or against a baseline: bench --help
              bench micro runs the microbenchmarks; arguments go to BenchmarkDotNet: bench micro --filter '*'
  clean       removes everything that the other parts created here
  help        prints this text

Missing packages are installed with apt if this runs as root; otherwise the command that installs them is printed.
Where neither a .NET SDK nor a package of it is available, the SDK is downloaded into .dotnet.
END
}

# The text is in BenchOptions.cs, where it can be printed without a build.
bench_help() { sed -n '/ Usage = """/,/"""/{//!{s/^        //;p}}' Proxy.Benchmarks/Harness/BenchOptions.cs; }

step() { printf '\n== %s\n' "$*"; }

die() {
  printf 'build.sh: %s\n' "$*" >&2
  exit 1
}

build() {
  step "build"
  dotnet build planb.sln -c Release -v q --nologo
}

# The output is read as well as shown: a warning of the AOT compiler is a defect, and it is printed only once.
publish() {
  step "publish (a native compile: usually 60 to 160 s on two cores)"
  local staging=Proxy.Host/bin/publish log ticker failed='' began=$SECONDS
  log=$(mktemp)
  rm -rf "$staging"
  show_elapsed &
  ticker=$!
  dotnet publish Proxy.Host -c Release -r $RID -o "$staging" -v m --nologo 2>&1 | tee "$log" || failed=yes
  kill $ticker 2>/dev/null || true
  wait $ticker 2>/dev/null || true
  if [ -n "$failed" ] || grep -qE '(^|[: ])warning( [A-Z]+[0-9]+)?:' "$log"; then
    rm -rf "$log" "Proxy.Host/obj/Release/net10.0/$RID/native"
    clear_artifacts
    die "publish failed or gave warnings"
  fi
  rm -rf "$log"
  clear_artifacts
  mkdir -p artifacts
  mv "$staging/planb" artifacts/planb
  local bytes
  bytes=$(stat -c %s artifacts/planb)
  [ "$bytes" -le $BINARY_BYTES_MAX ] || die "artifacts/planb has $bytes bytes, more than $BINARY_BYTES_MAX"
  echo "artifacts/planb: $bytes bytes, after $((SECONDS - began)) s"
}

# Prints how long the publish has been running: each second on a terminal, else every 30 seconds. Ends with the script.
show_elapsed() {
  local began=$SECONDS elapsed next=30
  while sleep 1 && kill -0 $$ 2>/dev/null; do
    elapsed=$((SECONDS - began))
    if [ -t 1 ]; then
      printf '  %d s\r' $elapsed
    elif [ $elapsed -ge $next ]; then
      echo "  compiling for $elapsed s"
      next=$((next + 30))
    fi
  done
}

# Keeps the results of earlier benchmarks.
clear_artifacts() { if [ -d artifacts ]; then find artifacts -mindepth 1 -maxdepth 1 ! -name bench -exec rm -rf {} +; fi; }

# Runs the tests against the published file; the last line is 'N passed, N failed'.
run_tests() {
  step "test"
  local results=TestResults/planb.trx status=0
  rm -f "$results"
  PLANB_BINARY="$PWD/artifacts/planb" dotnet test Proxy.Tests -c Release --no-build --nologo \
    --results-directory TestResults --logger "trx;LogFileName=planb.trx" "$@" || status=$?
  [ -e "$results" ] || die "the tests did not run (dotnet test exited with $status)"
  local counters total executed passed failed skipped
  counters=$(grep -o '<Counters [^>]*>' "$results")
  count() { printf '%s' "$counters" | sed -E "s/.* $1=\"([0-9]+)\".*/\1/"; }
  total=$(count total) executed=$(count executed) passed=$(count passed)
  failed=$((executed - passed)) skipped=$((total - executed))
  [ "$executed" -gt 0 ] || die "no test ran"
  if [ $status -ne 0 ] && [ $failed -eq 0 ]; then failed=1; fi
  echo
  if [ $skipped -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
  return $status
}

test_all() {
  need sdk linker redis tests
  build
  publish
  run_tests "$@"
}

deb() {
  need sdk linker deb
  publish
  step "deb"
  packaging/deb/build-deb.sh
}

docker_image() {
  need sdk linker
  local builder
  builder=$(image_builder)
  publish
  step "docker (by $builder)"
  local version revision=
  version=$(artifacts/planb --version)
  version=${version##* }
  revision=$(git rev-parse HEAD 2>/dev/null) || true
  $builder build -f packaging/docker/Dockerfile -t "planb:$version" -t planb:latest \
    --label org.opencontainers.image.version="$version" --label org.opencontainers.image.revision="$revision" "$@" .
}

# docker works only where its daemon answers; the other two need no daemon.
image_builder() {
  local why='none of them is installed'
  if has docker; then
    if docker info >/dev/null 2>&1; then echo docker && return; fi
    why='docker is installed, but its daemon does not answer this user (docker info prints why)'
  fi
  if has podman; then echo podman && return; fi
  if has buildah; then echo buildah && return; fi
  die "docker, podman or buildah is needed; $why. One of these commands is enough; the last installs no service:
  sudo apt-get install docker.io
  sudo apt-get install podman
  sudo apt-get install buildah"
}

docs() {
  need sdk
  build
  say "docs"
  WRITE_GENERATED_FILES=1 dotnet test Proxy.Tests -c Release --no-build --nologo --filter FullyQualifiedName~GeneratedFileTests
}

bench() {
  case ${1:-} in
    micro) need sdk linker ;;
    *)
      need sdk linker redis
      if [[ " $* " != *' --planb '* ]]; then publish; fi
      ;;
  esac
  step "bench"
  dotnet build Proxy.Benchmarks -c Release -v q --nologo
  exec Proxy.Benchmarks/bin/Release/net10.0/Proxy.Benchmarks "$@"
}

clean() {
  rm -rf Proxy.*/bin Proxy.*/obj artifacts TestResults BenchmarkDotNet.Artifacts "$SDK_FOLDER" "$SDK_STAGING"
}

part=${1:-test}
[ $# -eq 0 ] || shift
case "$part ${1:-}" in
  'bench help' | 'bench -h' | 'bench --help') part=bench_help ;;
  'demo help' | 'demo -h' | 'demo -help' | 'demo --help') part=demo_help ;;
  *' -h' | *' --help') part=help ;;
esac
case $part in
  test) test_all "$@" ;;
  publish)
    need sdk linker
    publish
    ;;
  deb) deb ;;
  docker) docker_image "$@" ;;
  demo) demo "$@" ;;
  demo_help) demo_help ;;
  docs) docs ;;
  bench) bench "$@" ;;
  bench_help) bench_help ;;
  clean) clean ;;
  help | -h | --help) help ;;
  *)
    help >&2
    die "there is no part '$part'"
    ;;
esac
