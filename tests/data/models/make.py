#!/usr/bin/env python3
"""Makes the models of this folder, and what onnxruntime says about some rows: `<name>.onnx` and `<name>.csv`.

    pip install pandas pyarrow scikit-learn skl2onnx onnx onnxruntime lightgbm onnxmltools xgboost-cpu
    nfstream read ../mixed.pcap --statistical-analysis -o flows.parquet
    ./make.py flows.parquet

`./make.py --large FOLDER` makes larger models there instead, for `benches/models.rs`, and times onnxruntime on their rows.

A row of a CSV file has the features, then the class and the probability of each class, or the value. `mixed.onnx` is what the
example `predict` uses: examples/python/train_model.py made it.
"""

import csv
import json
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxmltools
import onnxruntime
from lightgbm import LGBMClassifier, LGBMRegressor
from onnx import TensorProto, helper, numpy_helper
from onnxmltools.convert.common.data_types import FloatTensorType as MlFloats
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler
from xgboost import XGBClassifier

warnings.filterwarnings("ignore")
HERE = Path(__file__).parent
SEED = 20261123
COLUMNS = ["src2dst_packets", "dst2src_packets", "src2dst_bytes", "dst2src_bytes",
           "bidirectional_duration_ms", "bidirectional_mean_ps", "bidirectional_stddev_piat_ms", "bidirectional_syn_packets"]
TEXTS = np.array(["bulk", "interactive", "scan"])


def main():
    if sys.argv[1:2] == ["--large"]:
        return large(Path(sys.argv[2]))
    if len(sys.argv) > 1:
        train = HERE.parents[2] / "examples/python/train_model.py"
        subprocess.run([sys.executable, train, sys.argv[1], "--label", "application_name", "-o", HERE / "mixed.onnx"], check=True)

    rng = np.random.default_rng(SEED)
    x, y = flows(rng, 600)
    two = (y == 0).astype(int)
    gaps = np.where(rng.random(x.shape) < 0.1, np.nan, x).astype(np.float32)
    value = np.log1p(x[:, 2]) + 0.01 * x[:, 5]
    texts = TEXTS[y]

    forest = dict(n_estimators=12, max_depth=5, random_state=SEED)
    write("forest", scikit(RandomForestClassifier(**forest).fit(x, texts), zipmap=True), x)
    write("forest_binary", scikit(RandomForestClassifier(**forest).fit(x, two)), x)
    write("forest_missing", scikit(RandomForestClassifier(**forest).fit(gaps, y)), gaps)
    write("forest_regressor", scikit(RandomForestRegressor(**forest).fit(x, value)), x)
    boosting = dict(n_estimators=10, random_state=SEED)
    write("boosting", scikit(GradientBoostingClassifier(**boosting).fit(x, texts)), x)
    write("boosting_binary", scikit(GradientBoostingClassifier(**boosting).fit(x, two)), x)
    write("boosting_regressor", scikit(GradientBoostingRegressor(**boosting).fit(x, value)), x)
    light = dict(n_estimators=10, num_leaves=12, random_state=SEED, verbose=-1)
    write("lightgbm", lightgbm(LGBMClassifier(**light).fit(gaps, y)), gaps)
    write("lightgbm_binary", lightgbm(LGBMClassifier(**light).fit(gaps, two), zipmap=True), gaps)
    write("lightgbm_regressor", lightgbm(LGBMRegressor(**light).fit(gaps, value)), gaps)
    extreme = dict(n_estimators=8, max_depth=4, random_state=SEED)
    write("xgboost", xgboost(XGBClassifier(**extreme).fit(gaps, y)), gaps)
    write("xgboost_binary", xgboost(XGBClassifier(**extreme).fit(gaps, two)), gaps)

    mlp = dict(hidden_layer_sizes=(16, 8), max_iter=300, random_state=SEED)
    write("mlp", scikit(make_pipeline(StandardScaler(), MLPClassifier(**mlp)).fit(x, texts)), x)
    write("mlp_binary", scikit(make_pipeline(StandardScaler(), MLPClassifier(activation="tanh", **mlp)).fit(x, two), zipmap=True), x)
    write("mlp_regressor", scikit(make_pipeline(StandardScaler(), MLPRegressor(activation="logistic", **mlp)).fit(x, value)), x)
    write("logistic", scikit(make_pipeline(StandardScaler(), LogisticRegression()).fit(x, texts), zipmap=True), x)
    write("logistic_binary", scikit(make_pipeline(MinMaxScaler(), Normalizer(), LogisticRegression()).fit(x, two)), x)
    write("logistic_imputed", scikit(make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(gaps, y)), gaps)
    write("linear_regressor", scikit(LinearRegression().fit(x, value)), x)
    write("network", network(rng), x)


def large(folder):
    """Models of 40 features and 8 classes."""
    x, y = make_classification(4000, 40, n_informative=20, n_classes=8, random_state=SEED)
    x = x.astype(np.float32)
    for name, model in {
        "forest_30": RandomForestClassifier(30, max_depth=8, random_state=SEED),
        "forest_100": RandomForestClassifier(100, max_depth=12, random_state=SEED),
        "boosting_240": GradientBoostingClassifier(n_estimators=30, random_state=SEED),
        "lightgbm_400": LGBMClassifier(n_estimators=50, random_state=SEED, verbose=-1),
        "mlp_64_32": make_pipeline(StandardScaler(), MLPClassifier((64, 32), max_iter=100, random_state=SEED)),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    }.items():
        model.fit(x, y)
        write(name, lightgbm(model, 40) if name.startswith("lightgbm") else scikit(model, width=40), x, folder, rows=2000)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(folder / f"{name}.onnx", options, providers=["CPUExecutionProvider"])
        times = []
        for row in x[:2000]:
            start = time.perf_counter_ns()
            session.run(None, {"features": row[None]})
            times.append(time.perf_counter_ns() - start)
        print(f"{name}: {np.median(times) / 1000:.1f} us a row with onnxruntime from Python")


def flows(rng, n):
    """Flows of three kinds that resemble each other."""
    y = rng.integers(0, 3, n)
    scale = np.array([40, 15, 2])[y] * rng.lognormal(0, 0.7, n)
    packets = 1 + rng.poisson(scale[:, None] * [[1, 1.2]])
    sizes = np.array([900, 160, 62])[y] * rng.lognormal(0, 0.5, n)
    duration = rng.exponential(np.array([2000, 9000, 40])[y])
    x = [packets[:, 0], packets[:, 1], (packets[:, 0] * sizes * 0.3).round(), (packets[:, 1] * sizes).round(),
         duration.round(), sizes, duration / packets.sum(axis=1) * rng.random(n), rng.integers(0, 3, n)]
    return np.column_stack(x).astype(np.float32), y


def scikit(model, zipmap=False, width=len(COLUMNS)):
    options = {"zipmap": zipmap} if hasattr(model, "predict_proba") else None
    return to_onnx(model, initial_types=[("features", FloatTensorType([None, width]))], options=options)


def lightgbm(model, width=len(COLUMNS), zipmap=False):
    return onnxmltools.convert_lightgbm(model, initial_types=[("features", MlFloats([None, width]))], zipmap=zipmap)


def xgboost(model):
    return onnxmltools.convert_xgboost(model, initial_types=[("features", MlFloats([None, len(COLUMNS)]))])


def network(rng):
    """What torch.onnx.export makes of Linear, ReLU, Linear, Softmax: matrices are transposed, and labels are nowhere."""
    def constant(name, *shape):
        return numpy_helper.from_array((rng.normal(size=shape) * 0.05).astype(np.float32), name)

    nodes = [
        helper.make_node("Gemm", ["input", "0.weight", "0.bias"], ["hidden"], alpha=1.0, beta=1.0, transB=1),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "2.weight", "2.bias"], ["logits"], alpha=1.0, beta=1.0, transB=1),
        helper.make_node("Softmax", ["logits"], ["output"], axis=1),
    ]
    constants = [constant("0.weight", 12, len(COLUMNS)), constant("0.bias", 12), constant("2.weight", 3, 12), constant("2.bias", 3)]
    graph = helper.make_graph(
        nodes, "main_graph",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", len(COLUMNS)])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 3])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"nfstream.labels": json.dumps(list(TEXTS))})
    return model


def write(name, model, x, folder=HERE, rows=30):
    """The model, and what onnxruntime says about some rows; in five of them features lie on thresholds."""
    # Some exporters make one up.
    model.graph.name = name
    properties = {entry.key: entry.value for entry in model.metadata_props}
    columns = COLUMNS if x.shape[1] == len(COLUMNS) else [f"feature_{number}" for number in range(x.shape[1])]
    helper.set_model_props(model, properties | {"nfstream.columns": json.dumps(columns)})
    onnx.save(model, folder / f"{name}.onnx")

    rows = x[:rows].copy()
    for node in model.graph.node:
        of = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
        if "nodes_values" in of:
            branches = [(f, v) for f, v, mode in zip(of["nodes_featureids"], of["nodes_values"], of["nodes_modes"]) if mode != b"LEAF"]
            for number, (feature, threshold) in enumerate(branches[:40]):
                rows[25 + number % 5, feature] = threshold
    session = onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
    told = session.run(None, {session.get_inputs()[0].name: rows})
    if len(told) == 2:
        labels, probabilities = told
        if isinstance(probabilities, list):
            probabilities = [list(of.values()) for of in probabilities]
    elif name == "network":
        labels, probabilities = TEXTS[np.argmax(told[0], axis=1)], told[0]
    else:
        labels, probabilities = None, told[0].reshape(-1, 1)
    with open(folder / f"{name}.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        for number, row in enumerate(rows):
            label = [] if labels is None else [labels[number]]
            out.writerow([*map(text, row), *label, *(text(np.float32(value)) for value in probabilities[number])])


def text(number):
    """The shortest digits that are this number in single precision."""
    return np.format_float_positional(np.float32(number), unique=True, trim="-")


if __name__ == "__main__":
    main()
