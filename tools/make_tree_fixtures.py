#!/usr/bin/env python3
"""Makes tests/data/trees: small tree ensembles as XGBoost, LightGBM and the ONNX converters write them, and what these
libraries themselves give for some rows. Needs xgboost, lightgbm, scikit-learn, skl2onnx, onnxmltools, onnx and onnxruntime;
the tests need only the files.

    make_tree_fixtures.py [FOLDER]
    make_tree_fixtures.py --old-xgboost [FOLDER]   only the models of an XGBoost 1.x, to show that its files are read

Each NAME.<json|ubj|txt|onnx> has a NAME.rows: a line "rows inputs outputs", then a line for each row with its inputs and
what the library gives, as float32 in decimal.
"""
import sys
from pathlib import Path

import numpy as np

ROWS = 30
FEATURES = 6
rng = np.random.default_rng(7)


def dataset(rows: int, missing: bool = False, zeros: bool = False, categories: bool = False) -> np.ndarray:
    """Numbers near zero, and, if wanted, NaN, many zeros, and categories in columns 4 and 5."""
    x = rng.normal(size=(rows, FEATURES)).round(2).astype(np.float32)
    if categories:
        x[:, 4] = rng.integers(0, 12, rows)
        x[:, 5] = rng.integers(0, 70, rows)
    if zeros:
        x[rng.random(x.shape) < 0.3] = 0
    if missing:
        x[rng.random(x.shape) < 0.2] = np.nan
    return x


def raw(x: np.ndarray) -> np.ndarray:
    z = np.nan_to_num(x)
    return z[:, 0] * z[:, 1] + np.sin(2 * z[:, 2]) + (z[:, 3] > 0.3) + ((z[:, 4] % 3) == 1) - ((z[:, 5] % 7) > 3)


def label(x: np.ndarray, classes: int) -> np.ndarray:
    r = raw(x) + 0.3 * rng.normal(size=len(x))
    return np.searchsorted(np.quantile(r, np.arange(1, classes) / classes), r)


def write_rows(folder: Path, name: str, x: np.ndarray, y: np.ndarray) -> None:
    y = np.asarray(y, dtype=np.float32).reshape(len(x), -1)
    lines = [f"{len(x)} {x.shape[1]} {y.shape[1]}"]
    text = lambda v: np.format_float_scientific(v, trim="-") if 0 < abs(v) < 1e-9 else np.format_float_positional(v, trim="-")
    lines += [" ".join(text(v) for v in np.concatenate([a, b])) for a, b in zip(x, y)]
    (folder / f"{name}.rows").write_text("\n".join(lines) + "\n")


# ---- XGBoost -----------------------------------------------------------------------------------------------------------


def xgboost_case(folder: Path, name: str, objective: str, suffixes: list[str], rounds: int = 3, classes: int = 2,
                 missing: bool = True, categories: bool = False, **params) -> None:
    import xgboost as xgb

    x = dataset(400, missing=missing, categories=categories)
    y = raw(x) if objective.startswith("reg:") else label(x, classes)
    if objective in ("count:poisson", "reg:gamma", "reg:tweedie"):
        y = np.abs(raw(x)) + 0.1
    if objective == "reg:logistic":
        y = label(x, 2)
    kinds = ["q"] * 4 + ["c"] * 2 if categories else None
    d = xgb.DMatrix(x, y, feature_types=kinds, enable_categorical=categories)
    if objective.startswith("multi:"):
        params["num_class"] = classes
    b = xgb.train({"objective": objective, "max_depth": 3, "eta": 0.4, "nthread": 1, "seed": 3, **params}, d, rounds)
    for suffix in suffixes:
        b.save_model(folder / f"{name}.{suffix}")
    test = dataset(ROWS, missing=missing, categories=categories)
    if categories:  # also categories that training never saw
        test[:6, 5] = [75, 200, 69.5, 0.25, 3.9, 1e6]
    write_rows(folder, name, test, b.predict(xgb.DMatrix(test, feature_types=kinds, enable_categorical=categories)))


def xgboost_cases(folder: Path) -> None:
    xgboost_case(folder, "xgb_binary", "binary:logistic", ["json", "ubj"], max_depth=5)
    xgboost_case(folder, "xgb_base", "binary:logistic", ["ubj"], base_score=0.2)
    xgboost_case(folder, "xgb_logitraw", "binary:logitraw", ["ubj"], rounds=3)
    xgboost_case(folder, "xgb_hinge", "binary:hinge", ["ubj"], rounds=3)
    xgboost_case(folder, "xgb_reg", "reg:squarederror", ["json"], missing=False)
    xgboost_case(folder, "xgb_reg_logistic", "reg:logistic", ["ubj"], rounds=3)
    xgboost_case(folder, "xgb_gamma", "reg:gamma", ["ubj"], rounds=3)
    xgboost_case(folder, "xgb_poisson", "count:poisson", ["ubj"])
    xgboost_case(folder, "xgb_softprob", "multi:softprob", ["ubj"], rounds=2, classes=4)
    xgboost_case(folder, "xgb_softmax", "multi:softmax", ["ubj"], rounds=1, classes=3)
    xgboost_case(folder, "xgb_dart", "binary:logistic", ["json"], booster="dart", rate_drop=0.4)
    xgboost_case(folder, "xgb_forest", "binary:logistic", ["ubj"], rounds=2, num_parallel_tree=2, subsample=0.6)
    xgboost_case(folder, "xgb_categories", "binary:logistic", ["json", "ubj"], categories=True, tree_method="hist",
                 max_cat_to_onehot=4)
    xgboost_case(folder, "xgb_onehot", "reg:squarederror", ["ubj"], categories=True, tree_method="hist",
                 max_cat_to_onehot=100)
    xgboost_case(folder, "xgb_leafwise", "binary:logistic", ["ubj"], grow_policy="lossguide", max_leaves=20, max_depth=0,
                 rounds=2)


def old_xgboost_cases(folder: Path) -> None:
    xgboost_case(folder, "xgb1_binary", "binary:logistic", ["json", "ubj"], rounds=3, base_score=0.3)
    xgboost_case(folder, "xgb1_softprob", "multi:softprob", ["json"], rounds=2, classes=3)
    xgboost_case(folder, "xgb1_categories", "reg:squarederror", ["ubj"], rounds=3, categories=True, tree_method="hist",
                 max_cat_to_onehot=4)


# ---- LightGBM ----------------------------------------------------------------------------------------------------------


def lightgbm_case(folder: Path, name: str, objective: str, rounds: int = 4, classes: int = 2, missing: bool = True,
                  zeros: bool = False, categories: bool = False, **params) -> None:
    import lightgbm as lgb

    x = dataset(500, missing=missing, zeros=zeros, categories=categories)
    y = np.abs(raw(x)) + 0.1 if objective in ("poisson", "gamma") else raw(x) if objective.startswith("reg") else label(
        x, classes)
    if objective.startswith("multiclass"):
        params["num_class"] = classes
    params = {"objective": objective, "num_leaves": 9, "min_data_in_leaf": 5, "verbosity": -1, "num_threads": 1, "seed": 3,
              "deterministic": True, **params}
    d = lgb.Dataset(x, y, categorical_feature=[4, 5] if categories else "auto", params=params)
    b = lgb.train(params, d, rounds)
    b.save_model(folder / f"{name}.txt")
    if name != "lgb_binary":  # what follows is for people, and takes more space than the trees
        text = (folder / f"{name}.txt").read_text()
        (folder / f"{name}.txt").write_text(text[:text.index("end of trees")] + "end of trees\n")
    test = dataset(ROWS, missing=True, zeros=zeros, categories=categories)
    if zeros:
        test[0, :] = [1e-36, -1e-36, 1e-35, 2e-35, -0.0, 0.0]
    if categories:
        test[:6, 5] = [75, 200, -1, 3.9, -0.5, 1e6]
    write_rows(folder, name, test, b.predict(test))


def lightgbm_cases(folder: Path) -> None:
    lightgbm_case(folder, "lgb_binary", "binary", sigmoid=1.5)
    lightgbm_case(folder, "lgb_no_missing", "binary", missing=False)
    lightgbm_case(folder, "lgb_zero_missing", "binary", zeros=True, zero_as_missing=True)
    lightgbm_case(folder, "lgb_regression", "regression")
    lightgbm_case(folder, "lgb_sqrt", "regression", reg_sqrt=True, rounds=3)
    lightgbm_case(folder, "lgb_multiclass", "multiclass", classes=3, rounds=2)
    lightgbm_case(folder, "lgb_multiclassova", "multiclassova", classes=3, rounds=2)
    lightgbm_case(folder, "lgb_poisson", "poisson", rounds=3)
    lightgbm_case(folder, "lgb_categories", "binary", categories=True, min_data_per_group=5, cat_smooth=1)
    lightgbm_case(folder, "lgb_forest", "binary", boosting="rf", bagging_freq=1, bagging_fraction=0.6, rounds=3)
    lightgbm_case(folder, "lgb_large", "regression", num_leaves=270, min_data_in_leaf=1, rounds=1)
    lightgbm_case(folder, "lgb_stump", "binary", min_data_in_leaf=400, rounds=1)


# ---- ONNX --------------------------------------------------------------------------------------------------------------


def write_onnx(folder: Path, name: str, model, x: np.ndarray) -> None:
    import onnxruntime

    data = model if isinstance(model, bytes) else model.SerializeToString()
    (folder / f"{name}.onnx").write_bytes(data)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    out = session.run(None, {session.get_inputs()[0].name: x})
    scores = out[-1]
    if isinstance(scores, list):  # ZipMap
        scores = np.array([list(row.values()) for row in scores], dtype=np.float32)
    scores = np.asarray(scores).reshape(len(x), -1)
    if len(out) > 1 and scores.shape[1] == 2:
        scores = scores[:, 1:]
    write_rows(folder, name, x, scores)


def converter_cases(folder: Path) -> None:
    import lightgbm as lgb
    import xgboost as xgb
    from onnxmltools import convert_lightgbm, convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType
    from skl2onnx import to_onnx
    from sklearn import ensemble, tree

    x, test = dataset(400), dataset(ROWS)
    kinds = [("x", FloatTensorType([None, FEATURES]))]
    y2, y3, r = label(x, 2), label(x, 3), raw(x)
    sk = {
        "skl_forest": ensemble.RandomForestClassifier(4, max_depth=4, random_state=1).fit(x, y2),
        "skl_forest3": ensemble.RandomForestClassifier(3, max_depth=4, random_state=1).fit(x, y3),
        "skl_forest_reg": ensemble.RandomForestRegressor(3, max_depth=4, random_state=1).fit(x, r),
        "skl_two_targets": ensemble.RandomForestRegressor(3, max_depth=4, random_state=1).fit(x, np.stack([r, -2 * r], 1)),
        "skl_extra": ensemble.ExtraTreesClassifier(3, max_depth=4, random_state=1).fit(x, y3),
        "skl_boosting": ensemble.GradientBoostingClassifier(n_estimators=6, random_state=1).fit(x, y2),
        "skl_boosting3": ensemble.GradientBoostingClassifier(n_estimators=3, random_state=1).fit(x, y3),
        "skl_boosting_reg": ensemble.GradientBoostingRegressor(n_estimators=6, random_state=1).fit(x, r),
        "skl_hist": ensemble.HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=9, random_state=1).fit(x, y2),
        "skl_hist_reg": ensemble.HistGradientBoostingRegressor(max_iter=4, max_leaf_nodes=9, random_state=1).fit(x, r),
        "skl_tree": tree.DecisionTreeClassifier(max_depth=5, random_state=1).fit(x, y3),
        "skl_tree_reg": tree.DecisionTreeRegressor(max_depth=5, random_state=1).fit(x, r),
    }
    for name, model in sk.items():
        write_onnx(folder, name, to_onnx(model, x[:1]), test)
    small = {"n_estimators": 3, "max_depth": 3, "random_state": 1}
    for name, model in {
            "xgb_onnx": xgb.XGBClassifier(**small).fit(x, y2),
            "xgb_onnx3": xgb.XGBClassifier(**small).fit(x, y3),
            "xgb_onnx_reg": xgb.XGBRegressor(**small).fit(x, r)
    }.items():
        write_onnx(folder, name, convert_xgboost(model, initial_types=kinds), test)
    for name, model in {
            "lgb_onnx": lgb.LGBMClassifier(verbosity=-1, num_leaves=7, **small).fit(x, y2),
            "lgb_onnx3": lgb.LGBMClassifier(verbosity=-1, num_leaves=7, **small).fit(x, y3),
            "lgb_onnx_reg": lgb.LGBMRegressor(verbosity=-1, num_leaves=7, **small).fit(x, r)
    }.items():
        write_onnx(folder, name, convert_lightgbm(model, initial_types=kinds), test)


def hand_made_cases(folder: Path) -> None:
    """All modes, aggregations and transforms of ONNX-ML, on random trees."""
    import onnx
    from onnx import TensorProto, helper

    modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
    test = np.round(dataset(ROWS, missing=True) * 2) / 2  # values that meet thresholds

    def trees(count: int, scores: int, positive: bool) -> dict:
        a: dict = {k: [] for k in ("tree", "id", "feature", "mode", "value", "yes", "no", "missing", "wt", "wn", "wi", "w")}
        for t in range(count):
            for n in range(15):
                leaf = n >= 7
                for k, v in {"tree": t, "id": n, "feature": 0 if leaf else int(rng.integers(FEATURES)),
                             "mode": "LEAF" if leaf else modes[rng.integers(6)],
                             "value": 0.0 if leaf else float(rng.integers(-2, 3)) / 2,
                             "yes": 0 if leaf else 2 * n + 1, "no": 0 if leaf else 2 * n + 2,
                             "missing": int(rng.integers(2))}.items():
                    a[k].append(v)
                if leaf:
                    for s in range(scores) if t % 2 == 0 else [int(rng.integers(scores))]:
                        a["wt"].append(t), a["wn"].append(n), a["wi"].append(s)
                        a["w"].append(float(abs(rng.normal()) / 4 if positive else rng.normal()))
        return a

    def model(kind: str, scores: int, classes: int = 0, positive: bool = False, base=None, **extra) -> bytes:
        a = trees(3, scores, positive)
        prefix = "class" if classes else "target"
        more = {"classlabels_int64s": list(range(classes))} if classes else {"n_targets": scores}
        if base:
            more["base_values"] = base
        outputs = ["label", "scores"] if classes else ["scores"]
        node = helper.make_node(
            kind, ["x"], outputs, domain="ai.onnx.ml", nodes_treeids=a["tree"], nodes_nodeids=a["id"],
            nodes_featureids=a["feature"], nodes_modes=a["mode"], nodes_values=a["value"], nodes_truenodeids=a["yes"],
            nodes_falsenodeids=a["no"], nodes_missing_value_tracks_true=a["missing"],
            **{f"{prefix}_treeids": a["wt"], f"{prefix}_nodeids": a["wn"], f"{prefix}_ids": a["wi"],
               f"{prefix}_weights": a["w"]}, **more, **extra)
        kinds = {"label": TensorProto.INT64, "scores": TensorProto.FLOAT}
        graph = helper.make_graph(
            [node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, FEATURES])],
            [helper.make_tensor_value_info(o, kinds[o], [None] if o == 'label' else [None, None]) for o in outputs])
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 3)],
                                 ir_version=8).SerializeToString()

    regressor, classifier = "TreeEnsembleRegressor", "TreeEnsembleClassifier"
    for how in ("SUM", "AVERAGE", "MIN", "MAX"):
        write_onnx(folder, f"ml_{how.lower()}", model(regressor, 1, base=[0.5], aggregate_function=how), test)
        write_onnx(folder, f"ml_{how.lower()}2", model(regressor, 2, base=[0.5, -1.0], aggregate_function=how), test)
    for how in ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"):
        positive = how == "PROBIT"
        write_onnx(folder, f"ml_{how.lower()}3", model(classifier, 3, 3, positive, post_transform=how), test)
        if how in ("NONE", "LOGISTIC"):
            write_onnx(folder, f"ml_{how.lower()}_binary", model(classifier, 1, 2, base=[0.25], post_transform=how), test)
            write_onnx(folder, f"ml_{how.lower()}_positive", model(classifier, 1, 2, True, post_transform=how), test)
            write_onnx(folder, f"ml_{how.lower()}_two", model(classifier, 2, 2, post_transform=how), test)
    write_onnx(folder, "ml_logistic_reg", model(regressor, 1, post_transform="LOGISTIC"), test)
    write_onnx(folder, "ml_softmax_reg2", model(regressor, 2, post_transform="SOFTMAX"), test)
    onnx.checker.check_model(onnx.load(folder / "ml_sum.onnx"))


def main() -> None:
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent / "tests/data/trees"
    folder.mkdir(parents=True, exist_ok=True)
    if "--old-xgboost" in sys.argv:
        old_xgboost_cases(folder)
        return
    xgboost_cases(folder)
    lightgbm_cases(folder)
    converter_cases(folder)
    hand_made_cases(folder)


if __name__ == "__main__":
    main()
