import pkgutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from widthwise.__main__ import main
from widthwise.harness.measuring.raw_samples import RawSamples
from widthwise.harness.terms.evidence import dumps
from widthwise.harness.terms.verdict import Verdict
from widthwise.reports import files
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
    evidence = str(run / "evidence.json")
    assert main(["publish", str(tmp_path / "site"), "--evidence", evidence]) == 0
    assert {path.name for path in (tmp_path / "site").iterdir()} == {
        "evidence.json", "evidence.csv", "index.html", "summary.md", "badge.svg", "gaps.json",
        "claims", ".drawings.json.gz", "card.png",
    }  # fmt: skip


def test_a_single_file_is_a_single_file(run, tmp_path):
    assert main(["build", str(run), "--single-file", str(tmp_path / "new" / "page.html")]) == 0
    assert (tmp_path / "new" / "page.html").read_text().startswith("<!doctype html>")
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
    assert main(["publish", str(tmp_path / "site"), "--evidence", str(tmp_path / "run")]) == 0
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


@pytest.mark.parametrize("address", ["https://example.org/e", "https://example.org/e/"])
def test_what_is_published_names_its_address(run, tmp_path, address):
    site = tmp_path / "site"
    assert main(["publish", str(site), "--evidence", str(run), "--address", address]) == 0
    card = 'og:image" content="https://example.org/e/card.png"'
    assert card in (site / "index.html").read_text()


@pytest.mark.parametrize("address", ["example.org", "javascript:alert(1)", "file:///e", "https://"])
def test_an_address_that_leads_nowhere_is_refused(run, tmp_path, address, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["publish", str(tmp_path / "s"), "--evidence", str(run), "--address", address])
    assert "say https://host/path" in capsys.readouterr().err


def test_the_installed_claims_are_listed_by_topic(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert "\nlazy_training: What stands still while a wide network learns\n" in out
    listed = "  activations_freeze (made)\n      The units of every hidden layer stand still"
    assert listed in out


def test_claims_of_another_repository_are_listed_without_running_them(tmp_path, capsys):
    (tmp_path / "test_a.py").write_text(
        "import widthwise.harness as w\nraise SystemExit\n\n@w.claim(provenance=WHO)\n"
        'def test_it_holds(width):\n    """It\\x1b[2J holds."""\n\ndef test_other(): pass\n'
    )
    assert main(["list", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "  it_holds (see the file)\n      It‹ESC›[2J holds." in out.replace("‹U+001B›", "‹ESC›")
    assert out.endswith("\n1 claims\n")


def test_a_folder_without_claims_is_named(tmp_path, capsys):
    assert main(["list", str(tmp_path / "nowhere")]) == 2
    assert "nowhere is no folder of claims" in capsys.readouterr().err
    (tmp_path / "test_a.py").write_text("def (")
    assert main(["list", str(tmp_path)]) == 2
    assert "test_a.py" in capsys.readouterr().err


def test_a_new_claim_is_one_that_pytest_collects_and_can_settle(tmp_path, pytester):
    assert main(["new", "my_units_stand_still", "--to", str(pytester.path / "claims")]) == 0
    found = pytester.runpytest_inprocess("--collect-only", "-q", "claims")
    found.stdout.fnmatch_lines(["*::test_my_units_stand_still[[]verdict]"])


def test_a_new_claim_never_takes_the_place_of_another(tmp_path, capsys):
    assert main(["new", "test_mine", "--to", str(tmp_path)]) == 0
    (tmp_path / "test_mine.py").write_text("edited")
    assert main(["new", "mine", "--to", str(tmp_path)]) == 2
    assert (tmp_path / "test_mine.py").read_text() == "edited"
    assert "test_mine.py" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["My-Units", "a b", "../x", "class", "1st", ""])
def test_what_cannot_name_a_claim_is_refused_with_an_example(tmp_path, capsys, name):
    assert main(["new", name, "--to", str(tmp_path)]) == 2
    assert "units_stand_still" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_command_is_installed_under_its_name():
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert pkgutil.resolve_name(pyproject["project"]["scripts"]["widthwise"]) is main
