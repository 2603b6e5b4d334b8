#!/usr/bin/env python3
"""A VLAN sub-interface in user space: vlan_tap.py DEVICE VLAN-ID

Makes the TAP device DEVICE.VLAN-ID. What is sent there leaves DEVICE with an
802.1Q tag, and tagged frames that reach DEVICE are handed on without it. This is
what `ip link add link DEVICE type vlan` does, for kernels built without it.
"""

import fcntl
import os
import select
import socket
import struct
import sys
import time

ETH_P_ALL = 0x0003
ETH_P_8021Q = 0x8100
SOL_PACKET = 263
PACKET_AUXDATA = 8
TP_STATUS_VLAN_VALID = 1 << 4
TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000


def main():
    device, vlan = sys.argv[1], int(sys.argv[2])

    tap = os.open("/dev/net/tun", os.O_RDWR)
    name = f"{device}.{vlan}".encode()
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name, IFF_TAP | IFF_NO_PI))

    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    wire.bind((device, ETH_P_ALL))

    while True:
        ready, _, _ = select.select([tap, wire], [], [])
        if tap in ready:
            try:
                frame = os.read(tap, 65536)
            except OSError:  # the device is not up yet
                time.sleep(0.01)
                continue
            wire.send(frame[:12] + struct.pack("!HH", ETH_P_8021Q, vlan) + frame[12:])
        if wire in ready:
            frame, control, _, address = wire.recvmsg(65536, 256)
            if address[2] == socket.PACKET_OUTGOING:
                continue
            # The kernel takes the tag out of the frame and reports it beside it.
            for level, kind, data in control:
                if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                    status, tci = struct.unpack("I12xH", data[:18])
                    if status & TP_STATUS_VLAN_VALID and tci & 0x0FFF == vlan:
                        try:
                            os.write(tap, frame)
                        except OSError:  # the device is not up yet
                            pass


main()
