"""Evidence survives its journey as JSON."""

import dataclasses
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widthwise.harness.terms.drawing import Cell, Curve, Drawing, Map
from widthwise.harness.terms.evidence import (
    SCHEMA_VERSION,
    Evidence,
    EvidenceError,
    Finding,
    dumps,
    from_json,
    loads,
    to_json,
)
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Point
from widthwise.harness.terms.provenance import Provenance
from widthwise.harness.terms.verdict import Judgement, Verdict

numbers = st.floats(allow_nan=False)
bounds = st.tuples(numbers, numbers)
texts = st.text(max_size=20)
points = st.builds(Point, numbers, numbers, bounds, bounds, st.integers(1, 256))
judgements = st.builds(
    Judgement,
    verdict=st.sampled_from(Verdict),
    reason=texts,
    quantity=texts,
    estimate=numbers,
    interval=bounds,
    bias=numbers,
    band=bounds,
    tipping_support=st.none() | numbers,
    tipping_refute=st.none() | numbers,
    seeds=st.integers(2, 256),
    looks=st.integers(1, 5),
    fit=st.none() | st.lists(numbers, max_size=3).map(tuple),
)
findings = st.builds(
    Finding,
    expected=st.sampled_from(Verdict),
    judgement=judgements,
    points=st.lists(points, max_size=2).map(tuple),
    looks=st.just((16, 32)),
    seconds=numbers,
    remarks=st.lists(texts, max_size=2).map(tuple),
)
pairs = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=3).map(
    tuple
)
curves = st.builds(lambda numbers, name: Curve(name, numbers, numbers), pairs, texts)
finite = st.floats(allow_nan=False, allow_infinity=False)
cells = st.builds(Cell, finite, finite, finite, st.none() | finite)
drawings = st.builds(
    Drawing, texts, texts, texts, st.lists(curves, min_size=1, max_size=3).map(tuple)
) | st.builds(Map, texts, texts, texts, cells.map(lambda cell: (cell,)))
records = st.builds(
    Evidence,
    claim=texts,
    variant=texts,
    topic=texts,
    summary=texts,
    sections=st.dictionaries(texts | st.just("float"), texts, max_size=2),
    discussion=texts,
    place=texts,
    references=st.lists(texts, max_size=2).map(tuple),
    form=texts,
    prediction=texts,
    log_axes=st.booleans(),
    ladder=st.builds(
        Ladder, texts, st.lists(numbers, max_size=3).map(tuple), st.just("infinity"), numbers
    ),
    finding=findings,
    control_setting=texts,
    control=findings,
    alpha=numbers,
    effort=texts,
    device=texts,
    dtype=texts,
    threads=st.lists(st.integers(1, 64), max_size=2).map(tuple),
    master_seed=st.integers(0),
    versions=st.dictionaries(texts, texts, max_size=2),
    commit=st.none() | texts,
    digest=texts,
    nodeid=texts,
    finished=texts,
    code=texts,
    drawing=st.none() | drawings,
)

JUDGEMENT = Judgement(
    verdict=Verdict.SUPPORTED,
    reason="inside",
    quantity="exponent",
    estimate=-0.5,
    interval=(-math.inf, -0.4),
    bias=0.01,
    band=(-math.inf, -0.35),
    tipping_support=None,
    tipping_refute=None,
    seeds=16,
)
FINDING = Finding(
    expected=Verdict.SUPPORTED,
    judgement=JUDGEMENT,
    points=(Point(64, 1.0, (0.9, 1.1), (0.5, math.inf), 16),),
    looks=(16,),
    seconds=1.5,
)
RECORD = Evidence(
    claim="units_freeze",
    variant="sphere",
    topic="lazy_training",
    summary="Units freeze.",
    sections={"Statement": "They do."},
    provenance=Provenance.MADE,
    discussion="a thread",
    place="its end",
    references=("Jacot et al. 2018",),
    form="AtMost",
    prediction="exponent at most −0.5",
    log_axes=True,
    ladder=Ladder("width", (64, 128), "infinity", 64),
    finding=FINDING,
    control_setting="in μP",
    control=dataclasses.replace(
        FINDING,
        expected=Verdict.REFUTED,
        judgement=dataclasses.replace(JUDGEMENT, verdict=Verdict.REFUTED),
    ),
    alpha=5e-6,
    effort="quick",
    device="cpu",
    dtype="float32",
    threads=(1, 2),
    master_seed=0,
    versions={"torch": "2.13.0"},
    commit=None,
    digest="ab" * 32,
    nodeid="claims/test_x.py::test_units_freeze[sphere-verdict]",
    finished="2026-01-01T00:00:00+00:00",
    code="def test_units_freeze(): ...",
)


@given(records)
def test_a_record_comes_back_as_it_was(record):
    line = to_json(record)
    assert from_json(line) == record
    assert line.isascii()
    assert "\n" not in line
    json.loads(line, parse_constant=pytest.fail)  # no NaN, no Infinity: JSON has neither


@settings(max_examples=20)
@given(st.lists(records, max_size=3))
def test_a_run_comes_back_as_it_was(run):
    assert loads(dumps(run)) == tuple(run)


def test_a_record_of_before_drawings_is_read():
    data = json.loads(to_json(RECORD))
    del data["drawing"]
    assert from_json(json.dumps(data)) == RECORD


def test_a_bound_that_is_not_a_number_stays_that():
    record = dataclasses.replace(RECORD, alpha=math.nan)
    assert math.isnan(from_json(to_json(record)).alpha)


def test_a_section_headed_float_stays_text():
    record = dataclasses.replace(RECORD, sections={"float": "inf"}, versions={"float": "nan"})
    assert from_json(to_json(record)) == record


def test_the_verdict_types_come_back():
    back = from_json(to_json(RECORD))
    assert back.finding.judgement.verdict is Verdict.SUPPORTED
    assert back.control.expected is Verdict.REFUTED
    assert back.settled


def test_settled_needs_the_claim_and_its_control():
    wrong = dataclasses.replace(RECORD.finding, expected=Verdict.REFUTED)
    assert not dataclasses.replace(RECORD, finding=wrong).settled
    assert not dataclasses.replace(RECORD, control=wrong).settled or wrong.as_expected
    unsettled = dataclasses.replace(RECORD.control, expected=Verdict.SUPPORTED)
    assert not dataclasses.replace(RECORD, control=unsettled).settled


def test_the_name_carries_the_variant():
    assert RECORD.name == "units_freeze[sphere]"
    assert dataclasses.replace(RECORD, variant="").name == "units_freeze"


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1, "1", None])
def test_another_schema_version_is_refused_by_number(version):
    data = json.loads(to_json(RECORD)) | {"schema": version}
    with pytest.raises(EvidenceError, match=rf"version {version!r}.*reads {SCHEMA_VERSION}"):
        from_json(json.dumps(data))


def altered(**changes):
    return json.dumps(json.loads(to_json(RECORD)) | changes)


def without(name):
    data = json.loads(to_json(RECORD))
    del data[name]
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not JSON",
        to_json(RECORD)[:-1],
        "[" * 100_000,
        "[]",
        "3",
        "null",
        "{}",
        without("claim"),
        without("finding"),
        altered(unknown=1),
        altered(finding=3),
        altered(drawing=3),
        altered(drawing={"title": "t", "across": "x", "up": "y", "curves": []}),
        altered(finding=[]),
        altered(ladder={"name": "width"}),
        altered(finding=json.loads(altered())["finding"] | {"expected": "perhaps"}),
        altered(alpha={"float": "many"}, ladder={"float": {"float": "inf"}}),
    ],
)
def test_damaged_text_is_refused(text):
    with pytest.raises(EvidenceError):
        from_json(text)


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 1}', "[1]", "[{}]", "[" * 100_000])
def test_a_damaged_file_is_refused(text):
    with pytest.raises(EvidenceError):
        loads(text)
