"""The comparison of runs under several master seeds (the runs take minutes, and are not made)."""

import dataclasses
import importlib.util
from pathlib import Path

import pytest

from widthwise.harness.terms.verdict import Verdict
from widthwise.reports.files import write

PATH = Path(__file__).parents[2] / "benchmarks" / "stability.py"


@pytest.fixture(scope="module")
def stability():
    spec = importlib.util.spec_from_file_location("widthwise_stability", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_equal_verdicts_do_not_differ_whatever_the_numbers(stability, suite, finding):
    moved = [dataclasses.replace(suite[0], finding=finding(-0.52)), *suite[1:]]
    assert stability.differing({0: suite, 1: moved, 2: suite[::-1]}) == []
    assert stability.summary({0: suite, 1: moved}) == (
        "10 verdicts, controls included, under each of 2 master seeds"
    )


def test_every_verdict_that_differs_is_named_with_its_seeds(stability, record, finding):
    unsure = finding(-0.4, Verdict.INCONCLUSIVE)
    runs = {
        0: [record("holds"), record("wavers")],
        1: [record("holds"), record("wavers", finding=unsure)],
        2: [record("holds", control=finding(-0.5)), record("wavers", finding=unsure)],
    }
    assert stability.differing(runs) == [
        "holds[sphere] control: refuted under 0, 1; supported under 2",
        "wavers[sphere]: supported under 0; inconclusive under 1, 2",
    ]


def test_a_claim_that_a_run_lacks_differs(stability, record):
    runs = {0: [record("holds"), record("lost")], 1: [record("holds")]}
    assert stability.differing(runs) == [
        "lost[sphere]: supported under 0; absent under 1",
        "lost[sphere] control: refuted under 0; absent under 1",
    ]
    assert stability.summary(runs).startswith("2 to 4 verdicts")


@pytest.fixture
def runs_of(stability, monkeypatch, tmp_path):
    """Has the script find these records where pytest would have written them."""

    def go(*of_seeds, status=0):
        commands = []

        def run(command):
            seed = len(commands)
            commands.append(command)
            write(tmp_path / str(seed), of_seeds[seed])
            return type("Done", (), {"returncode": status})

        monkeypatch.setattr(stability.subprocess, "run", run)
        arguments = ["--seeds", str(len(of_seeds)), "--evidence", str(tmp_path), "claims/transfer"]
        monkeypatch.setattr(stability.sys, "argv", ["stability", *arguments])
        return stability.main(), commands

    return go


def test_the_exit_status_says_whether_any_verdict_differs(runs_of, record, finding, capsys):
    same, commands = runs_of([record()], [record()])
    assert same == 0
    assert capsys.readouterr().out.endswith("all the same\n")
    for seed, command in enumerate(commands):
        assert f"--master-seed={seed}" in command
        assert command[-1] == "claims/transfer"
    other, _ = runs_of([record()], [record(finding=finding(-1.0, Verdict.REFUTED))])
    assert other == 1
    assert "supported under 0; refuted under 1" in capsys.readouterr().out


def test_a_run_that_fails_otherwise_ends_the_comparison(runs_of, record, capsys):
    status, commands = runs_of([record()], [record()], status=4)
    assert (status, len(commands)) == (4, 1)
    assert "status 4 under master seed 0" in capsys.readouterr().out
