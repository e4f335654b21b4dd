# shellcheck shell=bash
# Sourced by build.sh: finds what a part needs on this machine, and installs it or prints how to.

# Where a downloaded SDK goes. It is used only when no other SDK on this machine satisfies global.json.
readonly SDK_FOLDER=.dotnet
readonly SDK_STAGING=.dotnet.part

# Prints the missing packages of each need. The first two needs are the smallest set that builds a NativeAOT program on
# a bare Debian 12 (found by debootstrap --variant=minbase):
#   libssl3          dotnet itself, and all TLS of PlanB
#   ca-certificates  dotnet restore, which uses HTTPS
#   gcc, libc6-dev   the linker and the C library's start-up files; clang is as good and used where it is installed
#   redis-server     the demo, the tests and the benchmarks run on a real one
#   curl             the requests of the demo and of the smoke test
#   openssl          the peer of the TLS tests
#   logrotate        the tests rotate the access log with it
#   iproute2         the tests create networks of their own with it
# ICU and zlib1g-dev are not needed: globalization is invariant, and zlib comes with the runtime pack.
missing_packages() {
  local need
  for need in "$@"; do
    case $need in
      sdk)
        has_libssl || echo libssl3
        [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ] || echo ca-certificates
        ;;
      linker)
        has clang || has gcc || echo gcc
        has_libc_dev || echo libc6-dev
        ;;
      redis)
        has redis-server || echo redis-server
        has curl || echo curl
        ;;
      tests)
        has openssl || echo openssl
        has logrotate || echo logrotate
        has ip || echo iproute2
        ;;
      deb) has dpkg-deb || echo dpkg ;;
    esac
  done
}

has() { command -v "$1" >/dev/null 2>&1; }

has_libssl() { compgen -G '/usr/lib/*/libssl.so.*' >/dev/null || compgen -G '/usr/lib*/libssl.so.*' >/dev/null; }

has_libc_dev() { compgen -G '/usr/lib/*/crt1.o' >/dev/null || compgen -G '/usr/lib*/crt1.o' >/dev/null; }

# need NEED...: returns when everything is installed, and installs it if that is possible.
need() {
  local packages=() is_sdk_missing=
  mapfile -t packages < <(missing_packages "$@")
  if [[ " $* " == *' sdk '* ]] && ! use_sdk; then is_sdk_missing=yes; fi
  if [ ${#packages[@]} -eq 0 ] && [ -z "$is_sdk_missing" ]; then return 0; fi

  # Package lists may be old, or absent on a new machine: then no package of the SDK would be found.
  if can_install; then apt-get update </dev/null || echo "build.sh: apt-get update failed; using the old lists" >&2; fi
  if [ -n "$is_sdk_missing" ]; then
    if has_sdk_package; then
      packages+=("$(sdk_package)")
    elif ! has curl && [[ " ${packages[*]} " != *' curl '* ]]; then
      packages+=(curl)
    fi
  fi

  if [ ${#packages[@]} -gt 0 ]; then
    can_install || die "$(how_to_install "$is_sdk_missing" "${packages[@]}")"
    install_packages "${packages[@]}"
  fi
  if [ -n "$is_sdk_missing" ] && ! use_sdk; then
    download_sdk
    use_sdk || die "the downloaded .NET SDK does not run: $SDK_FOLDER/dotnet --version"
  fi
}

can_install() { [ "$(id -u)" = 0 ] && has apt-get; }

# how_to_install IS_SDK_MISSING PACKAGE...
how_to_install() {
  local is_sdk_missing=$1
  shift
  echo "not found on this machine: $* (names of Debian packages)"
  if has apt-get; then
    echo "This command installs all of them; then run ./build.sh again:"
    echo "  sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends $*'"
  else
    echo "Install them with this system's package manager; then run ./build.sh again."
  fi
  [ -z "$is_sdk_missing" ] || has_sdk_package ||
    echo "The .NET SDK $(sdk_version) is missing, too; the next run downloads it into $SDK_FOLDER."
}

install_packages() {
  step "installing with apt: $*"
  # A policy of 101 keeps Debian from starting the system's own redis-server: demo and tests start private ones.
  local policy=/usr/sbin/policy-rc.d made_policy='' status=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made_policy=yes
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" </dev/null || status=$?
  [ -z "$made_policy" ] || rm -f "$policy"
  [ $status = 0 ] || die "apt-get could not install $*"
}

# The version in global.json; later ones of 10.0 are accepted, too.
sdk_version() { sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' global.json; }

sdk_package() { printf 'dotnet-sdk-%s\n' "$(sdk_version | cut -d . -f 1-2)"; }

# Some distributions only have an SDK of an earlier feature band, which global.json refuses.
has_sdk_package() {
  has apt-cache || return 1
  local candidate version
  version=$(sdk_version)
  candidate=$(apt-cache policy "$(sdk_package)" 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9.]*\).*/\1/p')
  [ -n "$candidate" ] && [ "$(printf '%s\n' "$version" "$candidate" | sort -V | head -n 1)" = "$version" ]
}

# Makes dotnet the first SDK found that satisfies global.json. The programs that it builds find their runtime by
# DOTNET_ROOT.
use_sdk() {
  local dotnet folder
  for dotnet in "$(command -v dotnet || true)" "${HOME:-}/.dotnet/dotnet" /usr/share/dotnet/dotnet \
    /usr/lib/dotnet/dotnet "$PWD/$SDK_FOLDER/dotnet"; do
    if [ ! -x "$dotnet" ] || ! "$dotnet" --version >/dev/null 2>&1; then continue; fi
    folder=$(dirname "$(readlink -f "$dotnet")")
    [ "$dotnet" = "$(command -v dotnet)" ] || PATH="$(dirname "$dotnet"):$PATH"
    if [ -d "$folder/shared" ]; then export DOTNET_ROOT=$folder; fi
    return 0
  done
  return 1
}

# Installs the SDK of global.json in SDK_FOLDER. build/sdk.sha512 has the hash that Microsoft published with it
# (github.com/dotnet/core, release-notes); BUILD_SDK_URL can name a mirror, the hash stays the same.
download_sdk() {
  local version archive url
  version=$(sdk_version)
  archive=dotnet-sdk-$version-linux-x64.tar.gz
  url=${BUILD_SDK_URL:-https://builds.dotnet.microsoft.com/dotnet/Sdk/$version/$archive}
  [ "$(uname -sm)" = 'Linux x86_64' ] || die "the .NET SDK $version is needed; PlanB is built on Linux x86_64 only"
  grep -q "  $archive\$" build/sdk.sha512 || die "build/sdk.sha512 has no hash of $archive, the SDK of global.json"

  step "downloading the .NET SDK $version (240 MB) into $SDK_FOLDER: this machine has no SDK or package that fits"
  echo "$url"
  trap 'rm -rf "$SDK_STAGING"' EXIT
  rm -rf "$SDK_STAGING"
  mkdir -p "$SDK_STAGING/sdk"
  local progress=(--silent --show-error)
  if [ -t 2 ]; then progress=(--progress-bar); fi
  curl "${progress[@]}" --fail --location --connect-timeout 20 --speed-limit 1000 --speed-time 60 --retry 3 \
    --output "$SDK_STAGING/$archive" "$url" </dev/null ||
    die "cannot download $url; nothing was installed
Download it by other means and set BUILD_SDK_URL=file:///path, or install an SDK: https://aka.ms/dotnet/download"
  (cd "$SDK_STAGING" && sha512sum --check --strict --status ../build/sdk.sha512) ||
    die "$url has another SHA-512 than build/sdk.sha512; nothing was installed
  expected  $(cut -d ' ' -f 1 build/sdk.sha512)
  received  $(sha512sum <"$SDK_STAGING/$archive" | cut -d ' ' -f 1)"
  tar -xzf "$SDK_STAGING/$archive" -C "$SDK_STAGING/sdk" || die "cannot unpack $archive; nothing was installed"
  rm -rf "$SDK_FOLDER"
  mv "$SDK_STAGING/sdk" "$SDK_FOLDER"
  rm -rf "$SDK_STAGING"
  trap - EXIT
}
