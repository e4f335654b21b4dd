#!/usr/bin/env bash
# Puts the files of the Debian package, apart from its control files, into a folder: package-files.sh FOLDER PROGRAM
# build-deb.sh runs it with the published program, the tests with the program under test.
set -euo pipefail
root=$(realpath "$1") program=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
documents=usr/share/doc/planb

put() { install -D -m "$1" "$2" "$root/$3"; }

put 755 "$program" usr/bin/planb
put 644 packaging/systemd/planb.service lib/systemd/system/planb.service
put 644 packaging/systemd/planb.service lib/systemd/system/planb@.service
put 644 packaging/systemd/planb.socket lib/systemd/system/planb.socket
put 644 packaging/default/planb etc/default/planb
put 644 packaging/logrotate/planb etc/logrotate.d/planb
put 644 packaging/completion/planb usr/share/bash-completion/completions/planb
put 644 docs/planb.8 usr/share/man/man8/planb.8
gzip -9n "$root/usr/share/man/man8/planb.8"

# In the layout of the repository, so that the links between documents lead somewhere.
put 644 LICENSE $documents/copyright
put 644 CHANGELOG.md $documents/changelog
gzip -9n "$root/$documents/changelog"
for file in LICENSE *.md docs/*.md docs/planb.8 docs/decisions/*.md packaging/alerts.yml packaging/grafana-dashboard.json
do put 644 "$file" "$documents/$file"; done
