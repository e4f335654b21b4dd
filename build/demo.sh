# shellcheck shell=bash
# Sourced by build.sh: the part demo.

readonly DEMO_LISTEN=127.0.0.1:8989

demo_help() {
  cat <<END
usage: ./build.sh demo [--listen IP:PORT]

Runs the proxy with a private Redis and three toy backends, and prints requests to try. Ctrl-C stops everything and
removes it. Runs artifacts/planb if that is newer than the sources; otherwise an ordinary build with the JIT compiler,
which takes less than a minute where the native compile takes one to three.
(default: --listen $DEMO_LISTEN)
END
}

demo() {
  require_free_address "$(demo_address "$@")"
  if is_published_current; then
    need redis
    exec artifacts/planb demo "$@"
  fi
  need sdk redis
  step "build for the demo (ordinary build: 20 to 60 s; ./build.sh publish makes the native file)"
  # A configuration of its own: no analyzers, which take half of the time, and no effect on what they check later.
  dotnet build Proxy.Host -c Demo -p:Optimize=true -p:RunAnalyzers=false -v q --nologo
  exec Proxy.Host/bin/Demo/net10.0/planb demo "$@"
}

is_published_current() {
  [ -x artifacts/planb ] || return 1
  local newer
  newer=$(find Proxy.Core Proxy.Http* Proxy.Host ./*.props global.json \( -name bin -o -name obj \) -prune -o \
    -type f -newer artifacts/planb -print -quit)
  [ -z "$newer" ]
}

# Prints the value of --listen, with one or two dashes or as -l; the last one counts.
demo_address() {
  local address=$DEMO_LISTEN
  while [ $# -gt 0 ]; do
    case $1 in
      --listen | -listen | --l | -l)
        address=${2:-}
        [ $# -lt 2 ] || shift
        ;;
      --listen=* | -listen=* | --l=* | -l=*) address=${1#*=} ;;
    esac
    shift
  done
  printf '%s\n' "$address"
}

# Stops here if the address cannot be listened on, rather than after the build. What is no IP:PORT is left to the
# program, and so is everything where there is no perl.
require_free_address() {
  local host=${1%:*} port=${1##*:} reason
  [[ $1 == *:* && $port =~ ^[0-9]{1,5}$ ]] || return 0
  host=${host#[}
  reason=$(LC_ALL=C perl -MIO::Socket::IP -e '
    my ($host, $port) = @ARGV;
    IO::Socket::IP->new(LocalHost => $host, LocalPort => $port, Listen => 1, ReuseAddr => 1) or print $! || $@;
  ' "${host%]}" "$port" 2>/dev/null) || return 0
  [ -n "$reason" ] || return 0
  local next=$((port < 1024 ? 8990 : port < 65535 ? port + 1 : 8990))
  die "cannot listen on $1: $reason$(listener_on "$port")
To use another port: ./build.sh demo --listen ${1%:*}:$next"
}

# Prints ", by NAME (process ID)" for a process that listens on a port of any address, if this user may see it.
listener_on() {
  local inode descriptor process
  inode=$(awk -v port="$(printf ':%04X' "$1")" \
    '$4 == "0A" && substr($2, length($2) - 4) == port { print $10; exit }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  [ -n "$inode" ] || return 0
  descriptor=$(find /proc/[0-9]*/fd -maxdepth 1 -lname "socket:\[$inode\]" -print -quit 2>/dev/null)
  [[ $descriptor =~ ^/proc/([0-9]+)/ ]] || return 0
  process=${BASH_REMATCH[1]}
  printf ', by %s (process %s)' "$(tr -cd '[:print:]' <"/proc/$process/comm" 2>/dev/null)" "$process"
}
