#!/usr/bin/env bash
# Makes artifacts/planb_VERSION_amd64.deb of artifacts/planb and what is in packaging/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version=$(artifacts/planb --version)
version=${version##* }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

packaging/deb/package-files.sh "$root" artifacts/planb
mkdir -p "$root/DEBIAN"
install -m 644 packaging/deb/conffiles "$root/DEBIAN/conffiles"
sed "s/@VERSION@/$version/" packaging/deb/control >"$root/DEBIAN/control"
echo "Installed-Size: $(du -sk "$root" | cut -f1)" >>"$root/DEBIAN/control"
for script in postinst prerm postrm; do install -m 755 "packaging/deb/$script" "$root/DEBIAN/$script"; done

package="artifacts/planb_${version}_amd64.deb"
dpkg-deb --root-owner-group -Zxz --build "$root" "$package"
