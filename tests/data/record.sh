#!/usr/bin/env bash
# Records the captures in this directory: real programs talk between two
# network namespaces, and tcpdump listens on the client's end of the wire.
#
#     client namespace                        server namespace
#     cli0     192.0.2.10   2001:db8::10  --  srv0     192.0.2.1    2001:db8::1
#     cli0.42  198.51.100.10              --  srv0.42  198.51.100.1     (802.1Q id 42)
#              2001:db8:42::10                         2001:db8:42::1
#
# All addresses are from the documentation ranges, all names are under
# example.test, and all keys are made for one run and thrown away.
#
# Usage: sudo tests/data/record.sh [OUTPUT-DIRECTORY]
#
# Without an argument the files beside this script are replaced. A new recording
# has other timestamps, ports and sizes, so the expected outputs of the tests
# that read these files have to be made anew with it.
#
# Needs Linux with network namespaces, veth and TUN/TAP, root, and from Debian 12:
#   apt-get install --no-install-recommends bind9-dnsutils bsdutils chrony curl \
#     dnsmasq-base ethtool gzip iproute2 iputils-ping lz4 nginx-light \
#     openssh-client openssh-server openssl python3 python3-venv tcpdump tshark \
#     util-linux wireshark-common zstd
# and aioquic from PyPI for QUIC: it is installed into a virtual environment in
# ~/.cache/nfstream-record (or $NFSTREAM_RECORD_VENV) if it is not there yet.
# shellcheck disable=SC2129
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(cd "${1:-$here}" && pwd)
client=nfs-rec-client
server=nfs-rec-server
venv=${NFSTREAM_RECORD_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/nfstream-record}

# --- what it needs ---------------------------------------------------------

# sshd, nginx and others are often not in the path of an ordinary user's shell.
PATH=$PATH:/usr/sbin:/sbin

missing=()
need() { # need COMMAND DEBIAN-PACKAGE
    command -v "$1" >/dev/null || missing+=("$1 (Debian package $2)")
}
need capinfos wireshark-common
need chronyd chrony
need curl curl
need dig bind9-dnsutils
need dnsmasq dnsmasq-base
need editcap wireshark-common
need ethtool ethtool
need gzip gzip
need ip iproute2
need logger bsdutils
need lz4 lz4
need nginx nginx-light
need openssl openssl
need ping iputils-ping
need python3 python3
need reordercap wireshark-common
need ssh openssh-client
need ssh-keygen openssh-client
need sshd openssh-server
need tcpdump tcpdump
need tshark tshark
need unshare util-linux
need zstd zstd
[ "$(id -u)" = 0 ] || missing+=("root: network namespaces are made here")
[ -c /dev/net/tun ] || missing+=("/dev/net/tun (a kernel with TUN/TAP)")
if [ ${#missing[@]} -gt 0 ]; then
    echo "record.sh: missing:" >&2
    printf '  %s\n' "${missing[@]}" >&2
    exit 1
fi

if ! "$venv/bin/python" -c 'import aioquic' 2>/dev/null; then
    python3 -m venv "$venv" || {
        echo "record.sh: missing: python3-venv (Debian package)" >&2
        exit 1
    }
    "$venv/bin/pip" --quiet --disable-pip-version-check install aioquic || {
        echo "record.sh: missing: aioquic (from PyPI, into $venv)" >&2
        exit 1
    }
fi

# Everything below runs in mount and UTS namespaces of its own: the host name
# that programs put into their messages and the resolver's configuration are
# those of the recording, and nothing of them is left on the machine.
if [ "${NFSTREAM_RECORD_INNER:-}" != 1 ]; then
    NFSTREAM_RECORD_INNER=1 NFSTREAM_RECORD_VENV=$venv \
        exec unshare --mount --uts bash "$here/record.sh" "$out"
fi
echo client >/proc/sys/kernel/hostname

# --- cleaning up -----------------------------------------------------------

tmp=$(mktemp -d)
chmod 755 "$tmp"

remove_namespaces() {
    local ns pids
    for ns in "$client" "$server"; do
        if [ -e "/run/netns/$ns" ]; then
            # Only what still runs inside the namespaces made here.
            pids=$(ip netns pids "$ns" 2>/dev/null || true)
            # shellcheck disable=SC2086
            [ -z "$pids" ] || kill $pids 2>/dev/null || true
            for _ in $(seq 20); do
                [ -n "$(ip netns pids "$ns" 2>/dev/null || true)" ] || break
                sleep 0.1
            done
            pids=$(ip netns pids "$ns" 2>/dev/null || true)
            # shellcheck disable=SC2086
            [ -z "$pids" ] || kill -KILL $pids 2>/dev/null || true
            ip netns del "$ns" 2>/dev/null || rm -f "/run/netns/$ns"
        fi
    done
}
cleanup() {
    local status=$?
    trap - EXIT
    if [ "$status" != 0 ]; then
        echo "record.sh: failed; the programs said:" >&2
        tail -n 5 "$tmp"/*.log >&2 || true
    fi
    remove_namespaces
    wait 2>/dev/null || true
    rm -rf "$tmp"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
remove_namespaces # of a run that was killed

# --- the wire --------------------------------------------------------------

in_client() { ip netns exec "$client" "$@"; }
in_server() { ip netns exec "$server" "$@"; }

ip netns add "$client"
ip netns add "$server"
ip link add cli0 netns "$client" type veth peer name srv0 netns "$server"
ip -n "$client" link set cli0 address 02:00:00:00:00:10
ip -n "$server" link set srv0 address 02:00:00:00:00:01

for pair in "$client cli0 10" "$server srv0 1"; do
    read -r ns dev host <<<"$pair"
    # Frames as on a wire: segmented and with their checksums filled in.
    for feature in rx tx sg tso gso gro rxvlan txvlan; do
        ip netns exec "$ns" ethtool -K "$dev" "$feature" off >/dev/null 2>&1 || true
    done
    ip -n "$ns" link set lo up
    ip -n "$ns" link set "$dev" up
    ip -n "$ns" addr add "192.0.2.$host/24" dev "$dev"
    ip -n "$ns" addr add "2001:db8::$host/64" dev "$dev" nodad

    # The VLAN sub-interface, in user space: not all kernels have 802.1Q.
    ip netns exec "$ns" python3 "$here/vlan_tap.py" "$dev" 42 >"$tmp/vlan-$dev.log" 2>&1 &
    for _ in $(seq 50); do
        ip -n "$ns" link show "$dev.42" >/dev/null 2>&1 && break
        sleep 0.1
    done
    ip -n "$ns" link set "$dev.42" address "02:00:00:00:00:$(printf %02d "$host")"
    ip -n "$ns" link set "$dev.42" up
    ip -n "$ns" addr add "198.51.100.$host/24" dev "$dev.42"
    ip -n "$ns" addr add "2001:db8:42::$host/64" dev "$dev.42" nodad
done
ip -n "$client" route add 224.0.0.0/4 dev cli0

# --- the servers -----------------------------------------------------------

cd "$tmp"
echo 'nameserver 192.0.2.1' >resolv.conf
echo '127.0.0.1 localhost' >hosts
mount --bind resolv.conf /etc/resolv.conf
mount --bind hosts /etc/hosts

# DNS. big.example.test is too large for a datagram of 512 octets and, where
# larger ones are allowed, for one frame.
cat >dnsmasq.conf <<END
no-resolv
no-hosts
bind-interfaces
listen-address=192.0.2.1,2001:db8::1,198.51.100.1,2001:db8:42::1
user=root
pid-file
log-facility=-
edns-packet-max=4096
local=/test/
local-ttl=300
host-record=www.example.test,192.0.2.1,2001:db8::1
host-record=api.example.test,192.0.2.1,2001:db8::1
host-record=h3.example.test,192.0.2.1,2001:db8::1
host-record=mail.example.test,192.0.2.1
host-record=vlan.example.test,198.51.100.1,2001:db8:42::1
cname=cdn.example.test,www.example.test
mx-host=example.test,mail.example.test,10
$(for i in $(seq -w 12); do printf 'txt-record=big.example.test,"%s %s"\n' "$i" "$(printf 'x%.0s' {1..180})"; done)
END
in_server dnsmasq -k -C dnsmasq.conf >dnsmasq.log 2>&1 &

# A throw-away certificate for TLS and QUIC.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
    -subj '/O=Example/CN=www.example.test' \
    -addext 'subjectAltName=DNS:www.example.test,DNS:api.example.test,DNS:h3.example.test' \
    -keyout key.pem -out cert.pem 2>openssl.log

# HTTP and HTTPS.
mkdir www
echo '<!doctype html><title>Hello</title><p>Hello from www.example.test.' >www/index.html
seq -f 'line %06g' 1 330 >www/page.txt     #   4 kB
seq -f 'line %06g' 1 3000 >www/medium.txt  #  36 kB
seq -f 'line %06g' 1 8400 >www/large.txt   # 100 kB
cat >nginx.conf <<END
daemon off;
user root;
worker_processes 1;
pid $tmp/nginx.pid;
error_log $tmp/nginx.log;
events {}
http {
    access_log off;
    types { text/html html; text/plain txt; }
    client_body_temp_path $tmp/nginx-body;
    proxy_temp_path $tmp/nginx-proxy;
    fastcgi_temp_path $tmp/nginx-fastcgi;
    uwsgi_temp_path $tmp/nginx-uwsgi;
    scgi_temp_path $tmp/nginx-scgi;
    server {
        listen 80;
        listen [::]:80;
        listen 443 ssl http2;
        listen [::]:443 ssl http2;
        ssl_certificate $tmp/cert.pem;
        ssl_certificate_key $tmp/key.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        root $tmp/www;
        location = /form { default_type text/plain; return 200 "thank you\n"; }
    }
}
END
in_server nginx -e "$tmp/nginx.log" -c "$tmp/nginx.conf" >>nginx.log 2>&1 &

# HTTP/3.
in_server "$venv/bin/python" "$here/http3.py" server 2001:db8::1 443 cert.pem key.pem \
    >http3-server.log 2>&1 &

# SSH; whoever logs in can only run one harmless command.
ssh-keygen -q -t ed25519 -N '' -C throw-away -f host_key
ssh-keygen -q -t ed25519 -N '' -C throw-away -f user_key
cp user_key.pub authorized_keys
printf '192.0.2.1 %s\n' "$(cut -d' ' -f1,2 host_key.pub)" >known_hosts
mkdir -p /run/sshd
cat >sshd_config <<END
ListenAddress 192.0.2.1:22
HostKey $tmp/host_key
PidFile none
AuthorizedKeysFile $tmp/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
ForceCommand /bin/echo hello
END
in_server "$(command -v sshd)" -D -e -f "$tmp/sshd_config" >sshd.log 2>&1 &

# NTP, without touching the machine's clock (-x).
cat >chrony-server.conf <<END
bindcmdaddress /
cmdport 0
pidfile $tmp/chrony-server.pid
allow
local stratum 3
user root
END
in_server chronyd -d -x -f "$tmp/chrony-server.conf" >chrony-server.log 2>&1 &

# Syslog: something that takes the datagrams.
in_server python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.1", 514))
while True:
    s.recv(65535)
' >syslog.log 2>&1 &

for listener in tcp:22 tcp:53 tcp:80 tcp:443 udp:123 udp:514 udp:443; do
    for _ in $(seq 100); do
        in_server ss -Hln --"${listener%:*}" "sport = :${listener#*:}" | grep -q . && break
        sleep 0.1
    done
    in_server ss -Hln --"${listener%:*}" "sport = :${listener#*:}" | grep -q . || {
        echo "record.sh: no server listens on $listener" >&2
        exit 1
    }
done
sleep 2 # link-local addresses settle

# --- the traffic -----------------------------------------------------------

ip netns exec "$client" tcpdump -i cli0 -s 0 -U --immediate-mode -Z root -w raw.pcap 2>tcpdump.log &
tcpdump=$!
for _ in $(seq 100); do
    grep -q '^tcpdump: listening' tcpdump.log && break
    sleep 0.1
done

unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY \
    SSH_AUTH_SOCK
get() { in_client curl -q --silent --show-error "$@" >/dev/null 2>>curl.log; }
ask() { in_client dig -r +tries=1 +time=2 "$@" >>dig.log 2>&1; }
pause() { sleep 0.25; }

echo 'DNS and short HTTP requests (small.pcap)'
ask -b 192.0.2.10#40100 @192.0.2.1 www.example.test A
ask -b 192.0.2.10#40101 @192.0.2.1 www.example.test AAAA
get -4 --local-port 40102 http://www.example.test/ http://www.example.test/page.txt
pause
ask -b 192.0.2.10#40103 @192.0.2.1 cdn.example.test A
get -6 --local-port 40104 http://www.example.test/ http://www.example.test/nothing-here \
    http://www.example.test/page.txt
pause

echo 'DNS'
ask @2001:db8::1 api.example.test AAAA
ask @192.0.2.1 example.test MX
ask @192.0.2.1 -x 192.0.2.1
ask @192.0.2.1 nothing-here.example.test A
ask @192.0.2.1 www.example.test A +tcp
ask @192.0.2.1 big.example.test TXT +bufsize=512 # truncated, then over TCP
ask @192.0.2.1 big.example.test TXT +bufsize=4096 # in two fragments
ask @224.0.0.251 -p 5353 printer.local A +norecurse +time=1 || true # multicast, no answer
pause

echo 'HTTP'
get --local-port 40200 http://192.0.2.1/
get --local-port 40201 http://192.0.2.1/missing.html
get --local-port 40202 --data 'name=example&colour=blue' http://www.example.test/form
get --local-port 40203 'http://[2001:db8::1]/medium.txt'
pause
get --local-port 40204 http://192.0.2.1/large.txt
get --local-port 40205 http://192.0.2.1:81/ || true # connection refused
pause

echo 'TLS'
get --local-port 40300 --cacert cert.pem --tls-max 1.2 --http1.1 -4 https://www.example.test/page.txt
get --local-port 40301 --cacert cert.pem --tlsv1.3 --http1.1 -4 https://www.example.test/
pause
get --local-port 40302 --cacert cert.pem --tlsv1.3 --http2 -6 https://api.example.test/page.txt
in_client openssl s_client -connect 192.0.2.1:443 -noservername </dev/null >openssl-client.log 2>&1
pause

echo 'QUIC'
in_client timeout 10 "$venv/bin/python" "$here/http3.py" client 2001:db8::1 443 cert.pem \
    h3.example.test >http3-client.log 2>&1
pause

echo 'SSH'
in_client ssh -F none -i user_key -o IdentitiesOnly=yes -o UserKnownHostsFile="$tmp/known_hosts" \
    -o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=/dev/null -o BatchMode=yes \
    root@192.0.2.1 hello >ssh.log 2>&1
pause

echo 'ICMP'
in_client ping -q -c 3 -i 0.3 192.0.2.1 >ping.log
in_client ping -q -c 3 -i 0.3 2001:db8::1 >>ping.log
in_client ping -q -c 1 -s 3000 192.0.2.1 >>ping.log    # in three fragments
in_client ping -q -c 1 -s 3000 2001:db8::1 >>ping.log  # in three fragments
ask @192.0.2.1 -p 5400 www.example.test A || true      # port unreachable
pause

echo 'NTP and syslog'
in_client chronyd -Q -d -x -t 5 -f /dev/null 'cmdport 0' 'bindcmdaddress /' \
    "pidfile $tmp/chrony-client.pid" 'user root' \
    'server 192.0.2.1 iburst maxsamples 3' >chrony-client.log 2>&1
for i in 1 2 3; do
    in_client logger --server 192.0.2.1 --port 514 --udp --rfc3164 --tag example "message $i of 3"
done
pause

echo 'VLAN 42'
in_client ping -q -c 2 -i 0.3 198.51.100.1 >>ping.log
in_client ping -q -c 2 -i 0.3 2001:db8:42::1 >>ping.log
ask @198.51.100.1 vlan.example.test A
ask @2001:db8:42::1 vlan.example.test AAAA
get --local-port 40400 -4 http://vlan.example.test/page.txt
get --local-port 40401 -6 http://vlan.example.test/
sleep 1

kill -INT "$tcpdump"
wait "$tcpdump" || true
grep -q '^0 packets dropped by kernel' tcpdump.log

# --- the files -------------------------------------------------------------

export HOME=$tmp # no preferences of whoever runs this
frames() { tshark -r "$1" -Y "$2" -T fields -e frame.number 2>>tshark.log; }
pick() { tshark -r "$1" -Y "$2" -F pcap -w "$3" 2>>tshark.log; }

# With the two directions on two processors a frame can be written a few
# microseconds after its successor: put them in the order of their time stamps.
reordercap raw.pcap mixed.pcap >reordercap.log
# In TLS 1.2 the server's certificate can be seen, in TLS 1.3 its choice of version.
for filter in arp dns mdns http 'tls.handshake.type == 11' \
    'tls.handshake.extensions_alpn_str == "h2"' \
    'tls.handshake.type == 2 && tls.handshake.extensions.supported_version == 0x0304' quic ssh icmp icmpv6 ntp syslog \
    vlan.id==42 'vlan && ipv6' 'ip.flags.mf == 1' ipv6.fraghdr 'tcp.flags.reset == 1' \
    'icmp.type == 3' 'dns && tcp' 'http && ipv6' 'http.response.code == 404'; do
    [ -n "$(frames mixed.pcap "$filter")" ] || {
        echo "record.sh: mixed.pcap has no frame of '$filter'" >&2
        exit 1
    }
done

pick mixed.pcap 'udp.port in {40100, 40101, 40103} || tcp.port in {40102, 40104}' small.pcap

# DNS and HTTP but for the large download, cut within the download that is left.
pick mixed.pcap '(udp.port == 53 || tcp.port in {53, 80}) && !(tcp.port == 40204) && !vlan &&
    !(ip.flags.mf == 1 || ip.frag_offset > 0)' rotated.pcap
mapfile -t download < <(frames rotated.pcap 'tcp.port == 40203')
cut=${download[$((${#download[@]} / 2))]}
editcap -F pcap -r rotated.pcap rotated-1.pcap "1-$cut"
editcap -F pcap -r rotated.pcap rotated-2.pcap "$((cut + 1))-999999"

editcap -F pcapng small.pcap small.pcapng
gzip -9 --no-name small.pcapng
zstd -q -19 small.pcap -o small.pcap.zst
lz4 -q -9 small.pcap small.pcap.lz4

results=(mixed.pcap rotated-1.pcap rotated-2.pcap small.pcap small.pcapng.gz small.pcap.zst
    small.pcap.lz4)
[ "$(stat -c %s mixed.pcap)" -lt 300000 ]
[ "$(stat -c %s rotated-1.pcap)" -lt 60000 ]
[ "$(stat -c %s rotated-2.pcap)" -lt 60000 ]
chmod 644 "${results[@]}"
cp "${results[@]}" "$out/"

echo
echo "packets    octets  file"
for file in mixed.pcap rotated-1.pcap rotated-2.pcap small.pcap small.pcapng.gz; do
    printf '%7d %9d  %s\n' "$(frames "$file" frame | wc -l)" "$(stat -c %s "$file")" "$file"
done
tshark -q -r mixed.pcap -z io,phs 2>>tshark.log
