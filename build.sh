#!/usr/bin/env bash
# Builds, tests and publishes PlanB. Every part does its own set-up; ./build.sh help lists the parts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# The smallest set that links a NativeAOT program on a bare Debian 12 (found by debootstrap --variant=minbase):
#   libssl3          dotnet itself, and PlanB for all TLS
#   ca-certificates  dotnet restore, which speaks HTTPS to NuGet
#   gcc, libc6-dev   the linker and the C library's start-up files; clang is as good and used where it is there
#   redis-server     the demo and the tests run on a real one
#   curl             the demo's and the smoke test's requests
#   openssl          the tests' other end of TLS
#   logrotate        the tests rotate the access log with it
#   iproute2         the tests make networks of their own with it
# ICU and zlib1g-dev are not needed: globalization is invariant, and zlib comes with the runtime pack.
readonly BINARY_BYTES_MAX=$((20 * 1024 * 1024))
readonly PROJECTS=(Proxy.Core Proxy.Http1 Proxy.Host Proxy.Tests Proxy.Benchmarks)
readonly RID=linux-x64

export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
PATH="$PATH:/usr/sbin:/usr/share/dotnet:$HOME/.dotnet"

help() {
  cat <<'END'
usage: ./build.sh [PART] [ARGUMENT...]

  (no part)   builds, tests, and publishes artifacts/planb
  test        the same as no part; arguments go to dotnet test, for example: test --filter Grammar
  publish     makes artifacts/planb: one native file that needs nothing beside it
  deb         publishes, and makes a Debian package of the program and its service: artifacts/planb_VERSION_amd64.deb
  docker      publishes, and makes the images planb:VERSION and planb:latest with docker, podman or buildah, the first
              of them that works here; arguments go to its build command, for example: docker --pull
  demo        publishes, then runs PlanB with a private Redis and three toy backends until Ctrl-C
  bench       publishes, then measures latency and CPU per request, alone or against a baseline: bench --help
              bench micro runs the microbenchmarks; arguments go to BenchmarkDotNet: bench micro --filter '*'
  clean       removes everything that the other parts made here
  help        prints this

What is missing is installed with apt when run by root; else the one command to run is printed.
END
}

say() { printf '\n== %s\n' "$*"; }

die() {
  printf 'build.sh: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

has_libssl() { compgen -G '/usr/lib/*/libssl.so.*' >/dev/null || compgen -G '/usr/lib*/libssl.so.*' >/dev/null; }

has_libc_dev() { compgen -G '/usr/lib/*/crt1.o' >/dev/null || compgen -G '/usr/lib*/crt1.o' >/dev/null; }

# Prints the packages that this machine lacks, of those that the part needs.
missing_packages() {
  has_libssl || echo libssl3
  [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ] || echo ca-certificates
  { has clang || has gcc; } || echo gcc
  has_libc_dev || echo libc6-dev
  if [ "$1" = with-redis ]; then
    has redis-server || echo redis-server
    has curl || echo curl
    has openssl || echo openssl
    has logrotate || echo logrotate
    has ip || echo iproute2
  fi
}

# need build | with-redis: installs what is missing, or says how to.
need() {
  local packages
  packages=$(missing_packages "$1" | tr '\n' ' ')
  packages=${packages% }
  if [ -n "$packages" ]; then install_packages "$packages"; fi
  has dotnet || install_dotnet
}

install_packages() {
  local command="apt-get update && apt-get install -y --no-install-recommends $1"
  has apt-get || die "needed and not found: $1 (names of Debian packages). Please install them."
  [ "$(id -u)" = 0 ] || die "needed and not found: $1. Please run this, then ./build.sh again:
  sudo sh -c '$command'"
  say "installing $1 (needed to link the native binary, to restore packages, or to run a real Redis)"
  # A policy of 101 keeps Debian from starting the system's own redis-server: the tests start private ones.
  local policy=/usr/sbin/policy-rc.d made_policy=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made_policy=yes
  fi
  local done=0
  DEBIAN_FRONTEND=noninteractive sh -c "$command" </dev/null || done=$?
  [ -z "$made_policy" ] || rm -f "$policy"
  [ "$done" = 0 ] || die "apt could not install $1"
}

install_dotnet() {
  if [ "$(id -u)" = 0 ] && apt-cache show dotnet-sdk-10.0 >/dev/null 2>&1; then
    say "installing dotnet-sdk-10.0 (the .NET SDK, which compiles PlanB)"
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends dotnet-sdk-10.0 </dev/null && return
  fi
  die "needed and not found: the .NET SDK 10, which Debian 12 has no package for. Please run this, then ./build.sh again:
  curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0
(needs curl; installs into ~/.dotnet, where build.sh finds it; other ways: https://dotnet.microsoft.com/download)"
}

build() {
  say "build"
  dotnet build planb.sln -c Release -v q --nologo
}

# The output is read as well as shown: a warning of the AOT compiler is a defect, and it is told only once.
publish() {
  say "publish"
  local staging=Proxy.Host/bin/publish log
  log=$(mktemp)
  rm -rf "$staging"
  if ! dotnet publish Proxy.Host -c Release -r $RID -o "$staging" -v m --nologo 2>&1 | tee "$log" ||
    grep -qE '(^|[: ])warning( [A-Z]+[0-9]+)?:' "$log"; then
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
  echo "artifacts/planb: $bytes bytes"
}

# What earlier benchmarks measured stays.
clear_artifacts() { if [ -d artifacts ]; then find artifacts -mindepth 1 -maxdepth 1 ! -name bench -exec rm -rf {} +; fi; }

# Runs the tests against the published file and closes with the line 'N passed, N failed'.
run_tests() {
  say "test"
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
  need with-redis
  build
  publish
  run_tests "$@"
}

deb() {
  need build
  has dpkg-deb || die "needed and not found: dpkg-deb (package dpkg)"
  publish
  say "deb"
  packaging/deb/build-deb.sh
}

docker_image() {
  need build
  local builder
  builder=$(image_builder)
  publish
  say "docker (by $builder)"
  local version revision=
  version=$(artifacts/planb --version)
  version=${version##* }
  revision=$(git rev-parse HEAD 2>/dev/null) || true
  $builder build -f packaging/docker/Dockerfile -t "planb:$version" -t planb:latest \
    --label org.opencontainers.image.version="$version" --label org.opencontainers.image.revision="$revision" "$@" .
}

# A docker is of use only where its daemon answers; the other two need none.
image_builder() {
  local why='none of them is installed'
  if has docker; then
    if docker info >/dev/null 2>&1; then echo docker && return; fi
    why='docker is installed, but its daemon does not answer this user (docker info tells why)'
  fi
  if has podman; then echo podman && return; fi
  if has buildah; then echo buildah && return; fi
  die "needed and not found: docker, podman or buildah; $why. One of these is enough; the last needs no service:
  sudo apt-get install docker.io
  sudo apt-get install podman
  sudo apt-get install buildah"
}

demo() {
  need with-redis
  publish
  exec artifacts/planb demo "$@"
}

bench() {
  case ${1:-} in
    micro | help | -h | --help) need build ;;
    *)
      need with-redis
      if [[ " $* " != *' --planb '* ]]; then publish; fi
      ;;
  esac
  say "bench"
  dotnet build Proxy.Benchmarks -c Release -v q --nologo
  exec Proxy.Benchmarks/bin/Release/net10.0/Proxy.Benchmarks "$@"
}

clean() {
  local project
  for project in "${PROJECTS[@]}"; do rm -rf "$project/bin" "$project/obj"; done
  rm -rf artifacts TestResults BenchmarkDotNet.Artifacts
}

part=${1:-test}
[ $# -eq 0 ] || shift
case $part in
  test) test_all "$@" ;;
  publish)
    need build
    publish
    ;;
  deb) deb ;;
  docker) docker_image "$@" ;;
  demo) demo "$@" ;;
  bench) bench "$@" ;;
  clean) clean ;;
  help | -h | --help) help ;;
  *)
    help >&2
    die "there is no part '$part'"
    ;;
esac
