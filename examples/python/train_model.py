#!/usr/bin/env python3
"""Trains a classifier on flows and writes it as ONNX, for `nfstream::ModelPrediction`.

    pip install pandas pyarrow scikit-learn skl2onnx onnx          # and lightgbm onnxmltools, for --model lightgbm
    nfstream read capture.pcap --statistical-analysis -o flows.parquet
    ./train_model.py flows.parquet --label application_name -o model.onnx

What is learnt is a column of the flows (--label application_name, --label dst_port), or a file of the user's own with the
columns `id` and `label` (--labels labels.csv). From which columns is said by name (--columns); one item of a list is
`splt_ps[3]`. The model's metadata says which columns these are and how the flows were made, which is checked when it predicts.
"""

import argparse
import json
import re

import numpy as np
import onnx
import pandas as pd
import pyarrow.parquet as pq
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# What columns depend on beside the packets. What is not looked into for the application depends on one setting less.
SETTINGS = ["accounting_mode", "active_timeout", "idle_timeout", "time_unit"]


def main():
    arguments = parse()
    table = pq.read_table(arguments.flows)
    flows = table.to_pandas()
    labels = read_labels(arguments, flows)
    known = labels.notna()
    flows, labels = flows[known], labels[known].to_numpy()
    columns = arguments.columns or default_columns(flows)
    features = np.column_stack([column(flows, name) for name in columns]).astype(np.float32)

    held_out = train_test_split(features, labels, test_size=0.25, random_state=arguments.seed)
    model = make(arguments.model, arguments.seed).fit(held_out[0], held_out[2])
    print(f"{len(flows)} flows, {len(columns)} columns, {len(set(labels))} classes")
    print(f"right for {model.score(held_out[1], held_out[3]):.0%} of the flows that it had not seen")

    model = make(arguments.model, arguments.seed).fit(features, labels)
    exported = export(model, len(columns))
    describe(exported, table.schema.metadata or {}, columns, arguments.packets)
    onnx.save(exported, arguments.output)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flows", help="Parquet file that nfstream wrote")
    parser.add_argument("-o", "--output", default="model.onnx")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--label", metavar="COLUMN", help="column to learn")
    what.add_argument("--labels", metavar="CSV", help="file with the columns id and label")
    parser.add_argument("--columns", type=lambda text: text.split(","), metavar="A,B,...", help="columns to learn from; default: counts, durations and statistics")
    parser.add_argument("--model", choices=["forest", "boosting", "lightgbm", "mlp", "logistic"], default="forest")
    parser.add_argument("--packets", type=int, metavar="N", help="the flows were cut after N packets: predict at packet N")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read_labels(arguments, flows):
    """What is to be learnt of each flow; None where that is unknown."""
    if arguments.label:
        return flows[arguments.label]
    labels = pd.read_csv(arguments.labels).set_index("id")["label"]
    return flows["id"].map(labels)


def default_columns(flows):
    """Counts, durations and statistics: neither who talks to whom nor when, which a model would learn by heart."""
    views = re.compile(r"(bidirectional|src2dst|dst2src)_(?!first_seen|last_seen)")
    return [name for name in flows.columns if views.match(name)]


def column(flows, name):
    item = re.fullmatch(r"(.+)\[(\d+)\]", name)
    values = flows[item[1]].str[int(item[2])] if item else flows[name]
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def make(kind, seed):
    if kind == "forest":
        return RandomForestClassifier(30, max_depth=8, random_state=seed)
    if kind == "boosting":
        return GradientBoostingClassifier(n_estimators=30, random_state=seed)
    if kind == "lightgbm":
        from lightgbm import LGBMClassifier

        return LGBMClassifier(n_estimators=50, random_state=seed, verbose=-1)
    if kind == "mlp":
        return make_pipeline(StandardScaler(), MLPClassifier((32, 16), max_iter=1000, random_state=seed))
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def export(model, width):
    """The model as ONNX, with a row of float32 as its input."""
    if type(model).__name__ == "LGBMClassifier":
        import onnxmltools
        from onnxmltools.convert.common.data_types import FloatTensorType

        return onnxmltools.convert_lightgbm(model, initial_types=[("features", FloatTensorType([None, width]))], zipmap=False)
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    return to_onnx(model, initial_types=[("features", FloatTensorType([None, width]))], options={"zipmap": False})


def describe(exported, flows, columns, packets):
    """Says in the model's metadata what it takes, and how the flows were made that it was trained on."""
    says = {"nfstream.columns": json.dumps(columns)}
    needs_application = any(name.startswith("application") for name in columns)
    for name in SETTINGS + ["n_dissections"] * needs_application:
        value = flows.get(f"nfstream.{name}".encode())
        if value is not None:
            says[f"nfstream.{name}"] = value.decode()
    if packets is not None:
        says["nfstream.packets"] = str(packets)
    onnx.helper.set_model_props(exported, says)


if __name__ == "__main__":
    main()
