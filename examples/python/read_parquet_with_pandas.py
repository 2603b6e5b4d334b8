"""Who sent most: the ten busiest addresses of a Parquet file, by bytes in both directions.

nfstream read capture.pcap -o flows.parquet
python read_parquet_with_pandas.py flows.parquet
"""

import sys

import pandas

flows = pandas.read_parquet(
    sys.argv[1],
    columns=["src_ip", "dst_ip", "src2dst_bytes", "dst2src_bytes"],
)
# Each flow counts for both ends: bytes out are those of its own direction.
client = flows.rename(
    columns={"src_ip": "address", "src2dst_bytes": "bytes_out", "dst2src_bytes": "bytes_in"}
)
server = flows.rename(
    columns={"dst_ip": "address", "dst2src_bytes": "bytes_out", "src2dst_bytes": "bytes_in"}
)
talkers = (
    pandas.concat([client, server])
    .groupby("address")
    .agg(flows=("bytes_out", "size"), bytes_out=("bytes_out", "sum"), bytes_in=("bytes_in", "sum"))
    .sort_values(["bytes_out", "flows"], ascending=False, kind="stable")
    .head(10)
)
print(talkers.to_string())
