#!/usr/bin/env python3
"""A minimal HTTP/3 server and client on aioquic, for one request.

http3.py server ADDRESS PORT CERTIFICATE KEY
http3.py client ADDRESS PORT CERTIFICATE NAME
"""

import asyncio
import sys

from aioquic.asyncio import QuicConnectionProtocol, connect, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration

BODY = b"".join(b"line %06d\n" % number for number in range(1, 501))


class Server(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic)

    def quic_event_received(self, event):
        for message in self.http.handle_event(event):
            if isinstance(message, HeadersReceived):
                headers = [(b":status", b"200"), (b"content-type", b"text/plain")]
                self.http.send_headers(message.stream_id, headers)
                self.http.send_data(message.stream_id, BODY, end_stream=True)
                self.transmit()


class Client(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic)
        self.body = b""
        self.done = asyncio.get_running_loop().create_future()

    def quic_event_received(self, event):
        for message in self.http.handle_event(event):
            if isinstance(message, DataReceived):
                self.body += message.data
                if message.stream_ended:
                    self.done.set_result(self.body)

    async def get(self, name, path):
        headers = [
            (b":method", b"GET"),
            (b":scheme", b"https"),
            (b":authority", name),
            (b":path", path),
        ]
        self.http.send_headers(self._quic.get_next_available_stream_id(), headers, True)
        self.transmit()
        return await self.done


async def server(address, port, certificate, key):
    configuration = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    configuration.load_cert_chain(certificate, key)
    await serve(address, int(port), configuration=configuration, create_protocol=Server)
    await asyncio.Future()


async def client(address, port, certificate, name):
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, server_name=name)
    configuration.load_verify_locations(certificate)
    async with connect(
        address, int(port), configuration=configuration, create_protocol=Client
    ) as connection:
        body = await connection.get(name.encode(), b"/")
        assert body == BODY
        print(f"{len(body)} octets")


asyncio.run({"server": server, "client": client}[sys.argv[1]](*sys.argv[2:]))
