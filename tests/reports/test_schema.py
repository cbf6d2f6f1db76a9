import dataclasses
import json
from importlib import resources

import jsonschema
import pytest

from widthwise.harness.terms.drawing import Cell, Curve, Drawing, Map
from widthwise.harness.terms.evidence import Evidence, Finding, to_json
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Point
from widthwise.harness.terms.verdict import Judgement

SCHEMA = json.loads(
    resources.files("widthwise.harness.terms").joinpath("evidence.schema.json").read_text("utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_records_of_every_outcome_are_as_documented(suite, hostile, uncontrolled):
    for record in (*suite, hostile, uncontrolled(suite[0])):
        assert not list(VALIDATOR.iter_errors(json.loads(to_json(record))))


@pytest.mark.parametrize(
    ("kind", "definition"),
    [
        (Evidence, SCHEMA),
        (Finding, SCHEMA["$defs"]["finding"]),
        (Judgement, SCHEMA["$defs"]["judgement"]),
        (Point, SCHEMA["$defs"]["point"]),
        (Ladder, SCHEMA["$defs"]["ladder"]),
        (Drawing, SCHEMA["$defs"]["drawing"]),
        (Curve, SCHEMA["$defs"]["curve"]),
        (Map, SCHEMA["$defs"]["map"]),
        (Cell, SCHEMA["$defs"]["cell"]),
    ],
)
def test_every_field_is_documented_and_required(kind, definition):
    fields = {field.name for field in dataclasses.fields(kind)}
    assert fields == set(definition["properties"]) - {"schema"}
    assert set(definition["required"]) == set(definition["properties"])
    for name, entry in definition["properties"].items():
        target = SCHEMA["$defs"].get(entry.get("$ref", "").rpartition("/")[2], {})
        assert entry.get("description") or target.get("description"), name


@pytest.mark.parametrize(
    "damage",
    [
        {"alpha": 0},
        {"schema": 2},
        {"provenance": "hearsay"},
        {"finding": {}},
        {"master_seed": 1.5},
        {"unknown": 1},
        {"references": "Jacot et al. 2018"},
    ],
)
def test_damaged_records_are_refused(record, damage):
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({**json.loads(to_json(record())), **damage})
