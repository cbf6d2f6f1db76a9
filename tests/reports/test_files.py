import json
from pathlib import Path

import pytest

from widthwise.harness.evidence import EvidenceError, dumps
from widthwise.reports import files


def test_what_is_written_reads_back(tmp_path, suite, hostile):
    records = (*suite, hostile)
    page = files.write(tmp_path / "new" / "folder", records)
    assert page.name == "index.html"
    again = files.read(tmp_path / "new" / "folder")
    assert dumps(again) == dumps(records)
    assert dumps(files.read(page.parent / "evidence.json")) == dumps(records)
    assert {path.name for path in page.parent.iterdir()} == {
        "evidence.json", "evidence.csv", "index.html", "summary.md", "badge.svg"
    }  # fmt: skip


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
    assert len(list(tmp_path.iterdir())) == 5


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
