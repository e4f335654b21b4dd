#!/bin/sh
# Copies the files of a Debian 12 that PlanB needs, and nothing else, into a folder: system-files.sh FOLDER
# The Dockerfile runs it as root in a Debian that has the packages below; the tests run it on their machine.
set -eu

# The first three are what ldd names; libgcc_s is loaded by the C library when it ends a thread early; OpenSSL is loaded
# by PlanB for TLS.
LIBRARIES='ld-linux-x86-64.so.2 libc.so.6 libm.so.6 libgcc_s.so.1 libssl.so.3 libcrypto.so.3'
PACKAGES='libc6 libgcc-s1 libssl3 ca-certificates tzdata base-files'
LIBRARY_FOLDER=usr/lib/x86_64-linux-gnu
OWNER=8989

mkdir -p "$1"
cd "$1"
mkdir -p etc/ssl/certs usr/bin usr/lib/ssl usr/lib64 usr/share $LIBRARY_FOLDER var/lib/dpkg/status.d var/lib/planb tmp
ln -s usr/lib usr/lib64 .

for library in $LIBRARIES; do cp -L "/$LIBRARY_FOLDER/$library" $LIBRARY_FOLDER; done
ln -s "/$LIBRARY_FOLDER/ld-linux-x86-64.so.2" usr/lib64

# Where OpenSSL and .NET look for authorities, where the C library looks for time zones (TZ=) and how it finds names.
cp -L /etc/ssl/certs/ca-certificates.crt etc/ssl/certs
ln -s /etc/ssl/certs usr/lib/ssl/certs
mkdir usr/share/zoneinfo
(cd /usr/share/zoneinfo && tar --exclude=./posix --exclude=./right -cf - .) | tar -C usr/share/zoneinfo -xf -
echo 'hosts: files dns' >etc/nsswitch.conf

# What these files are and their licenses, in the places where scanners of images look.
cp -L /etc/os-release etc/os-release
for package in $PACKAGES; do
  dpkg-query --status "$package" >"var/lib/dpkg/status.d/$package"
  mkdir -p "usr/share/doc/$package"
  cp -L "/usr/share/doc/$package/copyright" "usr/share/doc/$package"
done

# The service's user, and its folder for a snapshot and profiles; every other user may at least enter it.
cat >etc/passwd <<END
root:x:0:0:root:/root:/usr/sbin/nologin
planb:x:$OWNER:$OWNER::/var/lib/planb:/usr/sbin/nologin
END
printf 'root:x:0:\nplanb:x:%s:\n' $OWNER >etc/group
chown $OWNER:$OWNER var/lib/planb
chmod 0755 var/lib/planb
chmod 1777 tmp
