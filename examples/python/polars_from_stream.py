"""The servers of a capture, by bytes, read from a pipe: no file is in between.

nfstream read capture.pcap --format arrow-stream -o - | python polars_from_stream.py
"""

import sys

import polars

flows = polars.read_ipc_stream(sys.stdin.buffer)
servers = (
    flows.group_by("dst_ip", "dst_port", "protocol")
    .agg(
        polars.len().alias("flows"),
        polars.col("bidirectional_bytes").sum().alias("bytes"),
        polars.col("bidirectional_first_seen_ms").min().alias("first_seen"),
    )
    .sort(["bytes", "dst_ip", "dst_port"], descending=[True, False, False])
)
with polars.Config(tbl_hide_dataframe_shape=True, tbl_rows=10):
    print(servers.head(10))
