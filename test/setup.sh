#!/usr/bin/env bash
# Installs what the tests need beyond Bun, on Debian and its kin; needs root. What is there already
# is left alone, so running it again costs nothing.
#   iproute2   ip: the namespaces and links of the NAT lab (test/lab)
#   nftables   nft: its routers' address translation, and its count of packets at the server
#   coturn     turnutils_*: another's STUN clients, for our server to answer (test/lab)
#   avahi      another's multicast DNS, beside ours, with a bus of its own (test/lab)
#   miniupnpd  another's router, asked to map ports (test/lab): the program alone, without a service
#   tmux       a terminal whose screen can be looked at (test/e2e)
#   zsh, fish  shells that complete what is typed, beside bash (test/e2e)
#   chromium   a browser that shows the page (test/io/web, test/e2e), and fonts for what is written in
#              it: many scripts, and emoji
#   mandoc     what finds fault with pages of the manual, and groff, which sets them (test/e2e)
set -euo pipefail

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need_font() { [ -e "/usr/share/fonts/truetype/$1" ] || missing+=("$2"); }
PATH="$PATH:/usr/sbin:/sbin"
need ip iproute2
need nft nftables
need turnutils_natdiscovery coturn
need avahi-daemon avahi-daemon
need avahi-browse avahi-utils
need dbus-daemon dbus
need miniupnpd miniupnpd-nftables
need tmux tmux
need zsh zsh
need fish fish
need mandoc mandoc
need groff groff-base
need chromium chromium
need_font dejavu/DejaVuSans.ttf fonts-dejavu-core
need_font noto/NotoSans-Regular.ttf fonts-noto-core
need_font noto/NotoColorEmoji.ttf fonts-noto-color-emoji
[ "${#missing[@]}" -gt 0 ] || exit 0

echo "Installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive

# Newer systems have coturn's clients by themselves. Where its server comes with them, it would start
# at once and take the port of ours.
spare_server() {
  [[ " ${missing[*]} " == *" coturn "* ]] || return 0
  if apt-cache show coturn-utils >/dev/null 2>&1; then
    missing=("${missing[@]/%coturn/coturn-utils}")
  elif command -v systemctl >/dev/null; then
    systemctl mask coturn || true
  fi
}

if ! { apt-get update -q && spare_server &&
  apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  cat "$log" >&2
  echo "Cannot install ${missing[*]}: see above" >&2
  exit 1
fi
