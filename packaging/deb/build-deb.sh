#!/usr/bin/env bash
# Makes artifacts/planb_VERSION_amd64.deb of artifacts/planb and what is in packaging/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version=$(artifacts/planb --version)
version=${version##* }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

put() { install -D -m "$1" "$2" "$root/$3"; }

put 755 artifacts/planb usr/bin/planb
put 644 packaging/systemd/planb.service lib/systemd/system/planb.service
put 644 packaging/systemd/planb.service lib/systemd/system/planb@.service
put 644 packaging/systemd/planb.socket lib/systemd/system/planb.socket
put 644 packaging/default/planb etc/default/planb
put 644 LICENSE usr/share/doc/planb/copyright
put 644 README.md usr/share/doc/planb/README.md
put 644 CHANGELOG.md usr/share/doc/planb/changelog
gzip -9n "$root/usr/share/doc/planb/changelog"
mkdir -p "$root/DEBIAN"
install -m 644 packaging/deb/conffiles "$root/DEBIAN/conffiles"
if [ -e packaging/logrotate/planb ]; then
  put 644 packaging/logrotate/planb etc/logrotate.d/planb
  echo /etc/logrotate.d/planb >>"$root/DEBIAN/conffiles"
fi
if [ -e docs/planb.8 ]; then
  put 644 docs/planb.8 usr/share/man/man8/planb.8
  gzip -9n "$root/usr/share/man/man8/planb.8"
fi

sed "s/@VERSION@/$version/" packaging/deb/control >"$root/DEBIAN/control"
echo "Installed-Size: $(du -sk "$root" | cut -f1)" >>"$root/DEBIAN/control"
for script in postinst prerm postrm; do install -m 755 "packaging/deb/$script" "$root/DEBIAN/$script"; done

package="artifacts/planb_${version}_amd64.deb"
dpkg-deb --root-owner-group -Zxz --build "$root" "$package"
