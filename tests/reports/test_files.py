import dataclasses
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from widthwise.harness.measuring.raw_samples import RawSamples
from widthwise.harness.terms.evidence import EvidenceError, dumps
from widthwise.reports import files
from widthwise.reports.gaps import Gaps
from widthwise.reports.sample_files import csv_of, stem
from widthwise.reports.topics import topics_of


def raw(record, *outcome_shape):
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=(5, 16, *outcome_shape)) for name in ("claim", "control")}
    ladder = record.ladder
    return RawSamples(
        record.claim, record.variant, record.digest, ladder.name, ladder.rungs, values
    )


def test_what_is_written_reads_back(tmp_path, suite, hostile):
    records = (*suite, hostile)
    page = files.write(tmp_path / "new" / "folder", records)
    assert page.name == "index.html"
    again = files.read(tmp_path / "new" / "folder")
    assert dumps(again) == dumps(records)
    assert dumps(files.read(page.parent / "evidence.json")) == dumps(records)
    assert {path.name for path in page.parent.iterdir()} == {
        "evidence.json", "evidence.csv", "index.html", "summary.md", "badge.svg", "gaps.json",
        "claims", ".drawings.json.gz", "card.png",
    }  # fmt: skip


def test_a_control_without_numbers_is_shown_in_every_form(tmp_path, suite, forms, uncontrolled):
    records = tuple(map(uncontrolled, (*suite, *forms.values())))
    files.write(tmp_path, records, samples=[without_control(records[0])])
    assert dumps(files.read(tmp_path)) == dumps(records)
    text = "".join(page.read_text() for page in (tmp_path / "claims").glob("*.html"))
    assert text.count("could not be measured: no width") >= len(records)
    assert "the control’s from" not in text


def without_control(record):
    samples = raw(record)
    return dataclasses.replace(samples, values={"claim": samples.values["claim"]})


def test_a_failure_leaves_the_files_of_the_earlier_run_whole(tmp_path, record, monkeypatch):
    files.write(tmp_path, [record()])
    before = (tmp_path / "index.html").read_bytes()

    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        files.write(tmp_path, [record("another")])
    assert (tmp_path / "index.html").read_bytes() == before
    assert json.loads((tmp_path / "evidence.json").read_text())[0]["claim"] == "activations_freeze"
    assert len(list(tmp_path.iterdir())) == 9


def test_files_that_hold_no_evidence_are_refused(tmp_path):
    (tmp_path / "evidence.json").write_text("{}")
    with pytest.raises(EvidenceError):
        files.read(tmp_path)


def test_obstacles_are_found_without_creating_anything(tmp_path):
    (tmp_path / "file").touch()
    assert files.obstacle(tmp_path) is None
    assert files.obstacle(tmp_path / "a" / "b") is None
    assert files.obstacle(tmp_path / "file") == "it is a file"
    assert "file is a file" in str(files.obstacle(tmp_path / "file" / "below"))
    assert {path.name for path in tmp_path.iterdir()} == {"file"}


def test_the_sections_of_a_claim_keep_the_order_of_its_author(tmp_path, record):
    sections = {"Statement": "a", "Tolerance": "b", "Does not show": "c"}
    files.write(tmp_path, [record(sections=sections)])
    (again,) = files.read(tmp_path)
    assert list(again.sections) == list(sections)


def test_what_a_run_did_not_settle_is_kept(tmp_path, record):
    gaps = Gaps(partial=True, unsettled={"too_fine": "needs more seeds"})
    files.write(tmp_path, [record()], gaps)
    assert files.read_gaps(tmp_path) == files.read_gaps(tmp_path / "evidence.json") == gaps
    files.write(tmp_path, [record()])
    assert files.read_gaps(tmp_path) == Gaps()
    (tmp_path / "gaps.json").unlink()
    assert files.read_gaps(tmp_path) == Gaps()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"partial": 1, "unsettled": {}}', '{"partial": true, "unsettled": 1}']
)
def test_damaged_gaps_are_refused(tmp_path, text):
    (tmp_path / "gaps.json").write_text(text)
    with pytest.raises(EvidenceError, match="gaps of a run"):
        files.read_gaps(tmp_path)


def test_samples_lie_beside_the_page_and_read_back(tmp_path, record, hostile):
    records = [record(), hostile]
    files.write(tmp_path, records, samples=[raw(each) for each in records])
    pages = [page.read_text() for page in (tmp_path / "claims").glob("*.html")]
    assert any(f"../samples/{stem(hostile.claim, hostile.variant)}.csv" in page for page in pages)
    found = files.read_samples(tmp_path, records)
    assert [each.name for each in found] == [each.name for each in records]
    np.testing.assert_array_equal(found[0].values["claim"], raw(record()).values["claim"])


def test_samples_of_another_design_are_not_shown(tmp_path, record):
    files.write(tmp_path, [record()], samples=[raw(record())])
    assert files.read_samples(tmp_path, [record(digest="cd")]) == []


def test_samples_are_a_table_with_a_column_for_every_number_of_a_seed(tmp_path, record):
    samples = raw(record(), 2, 3)
    (tmp_path / "samples.csv").write_text(csv_of(samples))
    table = pd.read_csv(tmp_path / "samples.csv")
    assert list(table.columns[:4]) == ["setting", "width", "seed", "value[0,0]"]
    row = table.query("setting == 'control' and width == 256 and seed == 7")
    np.testing.assert_array_equal(row["value[1,2]"], samples.values["control"][2, 7, 1, 2])
    assert list(pd.read_csv(io.StringIO(csv_of(raw(record()))))) == [
        "setting", "width", "seed", "value"
    ]  # fmt: skip


def test_names_of_files_are_safe_and_differ(hostile):
    names = [stem("a", ""), stem("a", "b-c"), stem("a", "b/c"), stem("a", "../c"),
             stem("ß", ""), stem("é", ""), stem(hostile.claim, hostile.variant)]  # fmt: skip
    assert names[:2] == ["a", "a-b-c"]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"\w[\w.=-]{0,99}", name, re.ASCII) for name in names)


def test_what_is_at_issue_is_read_off_the_folders_of_the_claims_and_kept(tmp_path, record):
    module = tmp_path / "claims" / "lazy_training" / "__init__.py"
    module.parent.mkdir(parents=True)
    module.write_text('"""What stands still.\n\nUnits do.\n"""\nraise SystemExit("executed")\n')
    records = [record(), record("elsewhere", topic="x", nodeid="../../etc/test_x.py::test_x")]
    topics = topics_of(records, tmp_path)
    assert topics == {"lazy_training": "What stands still.\n\nUnits do."}
    page = files.write(tmp_path / "run", records, topics=topics)
    assert files.read_topics(page.parent) == topics
    assert "What stands still" in page.read_text()


@pytest.mark.parametrize("text", ["[]", '{"a": 1}', "{", "[" * 100_000])
def test_texts_on_topics_that_are_none_are_refused(tmp_path, text):
    (tmp_path / "topics.json").write_text(text)
    with pytest.raises(EvidenceError, match="topic"):
        files.read_topics(tmp_path)
