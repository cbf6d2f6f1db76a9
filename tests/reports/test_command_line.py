import numpy as np
import pytest

from widthwise.harness.measuring.raw_samples import RawSamples
from widthwise.harness.terms.evidence import dumps
from widthwise.harness.terms.verdict import Verdict
from widthwise.reports import files
from widthwise.reports.__main__ import main
from widthwise.reports.gaps import Gaps

RUNGS = (64.0, 128.0, 256.0, 512.0, 1024.0)


@pytest.fixture
def run(tmp_path, suite):
    """A folder that holds the records of a run and nothing else."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "evidence.json").write_text(dumps(suite))
    return folder


def test_a_page_is_rebuilt_from_the_records_alone(run, suite, capsys, tmp_path):
    assert main(["build", str(run)]) == 0
    rebuilt = (run / "index.html").read_bytes()
    assert capsys.readouterr().out.strip() == str(run / "index.html")
    assert {path.name for path in run.iterdir()} == {
        "evidence.json", "evidence.csv", "index.html", "claims", ".drawings.json.gz", "card.png"
    }  # fmt: skip
    assert {path.name for path in (run / "claims").iterdir()} == {
        f"{record.claim}.{ending}" for record in suite for ending in ("html", "json", "png")
    }
    assert rebuilt == files.write(tmp_path / "whole", suite).read_bytes()


def test_a_folder_for_hosting_holds_everything(run, tmp_path):
    assert main(["build", str(run / "evidence.json"), "--to", str(tmp_path / "site")]) == 0
    assert {path.name for path in (tmp_path / "site").iterdir()} == {
        "evidence.json", "evidence.csv", "index.html", "summary.md", "badge.svg", "gaps.json",
        "claims", ".drawings.json.gz", "card.png",
    }  # fmt: skip


def test_a_single_file_is_a_single_file(run, tmp_path):
    assert main(["build", str(run), "--single-file", str(tmp_path / "page.html")]) == 0
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")
    assert {path.name for path in run.iterdir()} == {"evidence.json"}


def test_a_rebuilt_page_says_what_the_first_one_said(tmp_path, record):
    samples = RawSamples("activations_freeze", "sphere", "ab" * 32, "width", RUNGS,
                         {"claim": np.ones((5, 16))})  # fmt: skip
    gaps = Gaps(partial=True, unsettled={"too_fine": "needs more seeds"})
    page = files.write(tmp_path / "run", [record()], gaps, [samples])
    first = page.read_bytes()
    page.unlink()
    assert main(["build", str(tmp_path / "run")]) == 0
    assert page.read_bytes() == first
    assert main(["build", str(tmp_path / "run"), "--to", str(tmp_path / "site")]) == 0
    assert (tmp_path / "site" / "index.html").read_bytes() == first
    for name in ("activations_freeze-sphere.csv", "activations_freeze-sphere.json"):
        copy = (tmp_path / "site" / "samples" / name).read_bytes()
        assert copy == (tmp_path / "run" / "samples" / name).read_bytes()
    assert main(["build", str(tmp_path / "run"), "--single-file", str(tmp_path / "a.html")]) == 0
    single = (tmp_path / "a.html").read_text()
    assert "too_<wbr>fine" in single
    assert "samples/" not in single


def test_comparing_tells_by_its_exit_status_whether_a_verdict_changed(
    run, suite, record, finding, tmp_path, capsys
):
    assert main(["compare", str(run), str(run)]) == 0
    changed = record("holds", finding=finding(-1.0, Verdict.REFUTED, Verdict.SUPPORTED))
    (tmp_path / "new.json").write_text(dumps([changed, *suite[1:]]))
    arguments = ["compare", str(run), str(tmp_path / "new.json"), "--to", str(tmp_path / "c.html")]
    assert main(arguments) == 1
    assert "holds[sphere]: supported, now against expectation" in capsys.readouterr().out
    assert "Two runs compared" in (tmp_path / "c.html").read_text()


def test_what_cannot_be_read_is_named(tmp_path, capsys):
    (tmp_path / "bad.json").write_bytes(b"\xff")
    for path in ("bad.json", "missing.json"):
        assert main(["build", str(tmp_path / path)]) == 2
        assert path in capsys.readouterr().err
