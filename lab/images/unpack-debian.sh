#!/bin/sh
# Turns the unpacked Debian packages in a folder into an installed system.
#
#   unpack-debian.sh ROOT ARCHITECTURE
#
# The packages' archives are in ROOT/var/cache/apt/archives. The host's own dpkg does the work and only the
# packages' scripts run inside ROOT: for a foreign architecture that takes 35 s where a dpkg that is itself
# emulated takes 100.
set -eu
root=$1
architecture=$2

# In a mount namespace of our own, so that nothing stays mounted however this ends.
if [ "${3:-}" != in-namespace ]; then
  exec unshare --mount -- "$0" "$root" "$architecture" in-namespace
fi
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"

as_root_system() {
  dpkg --root="$root" --log="$root/var/log/dpkg.log" \
    --force-depends --force-confnew --force-unsafe-io \
    --path-exclude='/usr/share/doc/*' --path-include='/usr/share/doc/*/copyright' \
    --path-exclude='/usr/share/man/*' --path-exclude='/usr/share/info/*' --path-exclude='/usr/share/locale/*' \
    "$@"
}

export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true LC_ALL=C.UTF-8
# To the host's dpkg a foreign system's packages are of an added architecture; to its own they are native.
if [ "$architecture" != "$(dpkg --print-architecture)" ]; then
  echo "$architecture" >"$root/var/lib/dpkg/arch"
fi
as_root_system --unpack --recursive "$root/var/cache/apt/archives"
as_root_system --configure base-passwd base-files
as_root_system --configure --pending
rm -f "$root/var/lib/dpkg/arch"

broken=$(dpkg-query --admindir="$root/var/lib/dpkg" --show --showformat '${db:Status-Abbrev}${Package}\n' | grep -v '^ii ' || true)
if [ -n "$broken" ]; then
  printf 'these packages are not fully installed:\n%s\n' "$broken" >&2
  exit 1
fi
