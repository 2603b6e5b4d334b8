"""Reads the same flows from every format, and compares all values.

usage: round_trip.py DIRECTORY, which holds flows.csv, flows.jsonl, flows.parquet, flows.arrow and flows.arrows
"""

import ast
import csv
import datetime
import json
import pathlib
import sys

import pandas
import polars
import pyarrow
import pyarrow.ipc
import pyarrow.parquet

DIRECTORY = pathlib.Path(sys.argv[1])
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def path(ending):
    return str(DIRECTORY / f"flows.{ending}")


def plain(value):
    """What all formats can tell: lists for lists, milliseconds for times, None for what is missing."""
    if value is pandas.NaT:
        return None
    if isinstance(value, datetime.datetime):
        return (value - EPOCH) // datetime.timedelta(milliseconds=1)
    if hasattr(value, "tolist"):
        # NumPy's.
        return value.tolist()
    return value


def rows_of_columns(columns):
    """Rows of plain values, by the names of the columns."""
    names = list(columns)
    values = [[plain(value) for value in columns[name]] for name in names]
    return [dict(zip(names, row)) for row in zip(*values)]


def rows_of_csv(schema):
    """CSV has no types: they are those of the Parquet file."""
    parsers = {}
    for field in schema:
        if pyarrow.types.is_list(field.type):
            parsers[field.name] = ast.literal_eval
        elif pyarrow.types.is_floating(field.type):
            parsers[field.name] = float
        elif pyarrow.types.is_integer(field.type) or pyarrow.types.is_timestamp(field.type):
            parsers[field.name] = int
        else:
            parsers[field.name] = str
    with open(path("csv"), newline="", encoding="utf-8") as file:
        return [
            {name: parsers[name](text) for name, text in row.items()} for row in csv.DictReader(file)
        ]


def rows_of_json():
    with open(path("jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def rows_of_table(table):
    return rows_of_columns(table.to_pydict())


def rows_of_pandas(frame):
    return rows_of_columns({name: frame[name].astype(object) for name in frame.columns})


def compare(what, rows, expected, times):
    """No time is 0 in text, and missing elsewhere."""
    assert len(rows) == len(expected), f"{what}: {len(rows)} rows, expected {len(expected)}"
    for number, (row, wanted) in enumerate(zip(rows, expected)):
        assert list(row) == list(wanted), f"{what}: columns {list(row)}"
        for name, value in row.items():
            other = wanted[name]
            if name in times:
                value, other = value or 0, other or 0
            assert value == other and type(value) is type(other), (
                f"{what}: row {number}, {name}: {value!r}, expected {other!r}"
            )
    print(f"{what}: {len(rows)} flows, {len(rows) * len(expected[0])} values equal")


def main():
    parquet = pyarrow.parquet.read_table(path("parquet"))
    times = {field.name for field in parquet.schema if pyarrow.types.is_timestamp(field.type)}
    assert len(times) == 6, times
    expected = rows_of_csv(parquet.schema)
    assert expected and "splt_ps" in expected[0] and "src2dst_mean_ps" in expected[0]

    compare("JSON lines, json", rows_of_json(), expected, times)
    compare("Parquet, pyarrow", rows_of_table(parquet), expected, times)
    with pyarrow.ipc.open_file(path("arrow")) as file:
        compare("Arrow file, pyarrow", rows_of_table(file.read_all()), expected, times)
    with pyarrow.ipc.open_stream(path("arrows")) as stream:
        compare("Arrow stream, pyarrow", rows_of_table(stream.read_all()), expected, times)

    frame = pandas.read_parquet(path("parquet"))
    assert isinstance(frame["src2dst_first_seen_ms"].dtype, pandas.DatetimeTZDtype)
    compare("Parquet, pandas", rows_of_pandas(frame), expected, times)
    compare("Arrow file, pandas", rows_of_pandas(pandas.read_feather(path("arrow"))), expected, times)
    of_json = pandas.read_json(path("jsonl"), lines=True, precise_float=True)
    compare("JSON lines, pandas", rows_of_pandas(of_json), expected, times)
    of_csv = pandas.read_csv(path("csv"))
    for name in [name for name in of_csv.columns if name.startswith("splt_")]:
        of_csv[name] = of_csv[name].map(ast.literal_eval)
    compare("CSV, pandas", rows_of_pandas(of_csv), expected, times)

    for what, frame in [
        ("Parquet, polars", polars.read_parquet(path("parquet"))),
        ("Arrow file, polars", polars.read_ipc(path("arrow"))),
        ("Arrow stream, polars", polars.read_ipc_stream(path("arrows"))),
    ]:
        assert frame.schema["splt_ps"] == polars.List(polars.Int64), frame.schema
        compare(what, rows_of_columns(frame.to_dict(as_series=False)), expected, times)

    metadata = pyarrow.parquet.read_metadata(path("parquet")).metadata
    assert metadata[b"nfstream.n_dissections"] == b"0", metadata
    assert metadata[b"nfstream.source"].endswith(b"mixed.pcap"), metadata
    assert parquet.schema.field("src2dst_bytes").metadata[b"unit"] == b"bytes"


if __name__ == "__main__":
    main()
