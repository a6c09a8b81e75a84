#!/usr/bin/env python3
"""Checks the JSON Schema in a validator that is not ours: it accepts every file that the golden tests and the repository ship,
and refuses unknown keys at every level and the faults that a schema can see."""
import copy
import json
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml

ACCEPTED = ["configs/*.yaml", "bench/*.yaml", "tests/golden/pipelines/*.yaml"]
# Faults that need no knowledge of streams, columns, files and variables.
REFUSED = (r"unknown_key|_unknown_type|(integer|number|share|duration|size|boolean|choice)_(?!leaves)|missing_required|"
           r"list_empty|map_is|object_is|name_with|name_begins|name_empty|name_too|no_s(ources|inks)|schema_(unknown|other|list_"
           r"(of_zero|without|of_int)|is_|missing|entry)|format_|error_limit|when_full|tests_is|test_(is|without|inserts_no)")
ONLY_OURS = (r"expression_|number_as_key|size_too_small|duration_too|boolean_is_yes|schema_list_too_long|number_not_finite|name_in_two_sections|"
             r"list_holds|name_of|integer_beyond|duration_negative_zero|test_inserts_nothing")


def mappings(node, path=()):
    """Every mapping whose keys are fixed, by its path."""
    free = [("sources",), ("transforms",), ("sinks",)]
    names = {"schema", "columns", "routes", "librdkafka_options", "insert", "expect"}
    if isinstance(node, dict):
        if path not in free and not any(part in names for part in path if isinstance(part, str)):
            yield path
        for key, value in node.items():
            yield from mappings(value, path + (key,))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from mappings(value, path + (index,))


def with_unknown_key(document, path):
    changed = copy.deepcopy(document)
    node = changed
    for part in path:
        node = node[part]
    node["no_such_key"] = 1
    return changed


def main(program):
    schema = json.loads(subprocess.run([program], check=True, capture_output=True, text=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    faults = []
    shipped = [file for pattern in ACCEPTED for file in sorted(pathlib.Path(".").glob(pattern))]
    levels = 0
    for file in shipped:
        document = yaml.safe_load(file.read_text())
        faults += [f"{file}: refused: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]
        for path in mappings(document):
            levels += 1
            if validator.is_valid(with_unknown_key(document, path)):
                faults.append(f"{file}: an unknown key is accepted at {path}")
    refused = 0
    for file in sorted(pathlib.Path("tests/golden/diagnostics").glob("*.yaml")):
        if not re.search(REFUSED, file.stem) or re.search(ONLY_OURS, file.stem):
            continue
        refused += 1
        if validator.is_valid(yaml.safe_load(file.read_text())):
            faults.append(f"{file}: accepted")
    print(f"{len(shipped)} files accepted, unknown keys refused in {levels} places, {refused} faults refused")
    if len(shipped) < 5 or levels < 20 or refused < 30:
        faults.append("too few files were found")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
