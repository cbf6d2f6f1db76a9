"""What an engine cannot do is said before anything is measured."""

import importlib.util
import socket

import pytest


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--engine", "slurm"), "*--engine: invalid choice: 'slurm'*"),
        (("--engine", "loky", "--jobs", "0"), "*--jobs*'0'*"),
        (("--jobs", "2"), "ERROR: --jobs 2 means nothing to --engine inline, only to *loky or *"),
        (
            ("--engine", "loky", "--engine-address", "host:1"),
            "ERROR: --engine-address host:1 means nothing to --engine loky, only to *ray or *dask",
        ),
    ],
)
def test_an_engine_that_makes_no_sense_is_refused_before_measuring(crew, arguments, said):
    result = crew.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])
    assert not crew.samples()


@pytest.mark.parametrize(("engine", "package"), [("ray", "ray"), ("dask", "distributed")])
def test_an_engine_that_is_not_installed_names_what_brings_it(crew, monkeypatch, engine, package):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == package else found(name)
    )
    result = crew.run("--engine", engine)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *{package}*; pip install 'widthwise[[]{engine}[]]'*"])


@pytest.mark.parametrize("engine", ["ray", "dask"])
def test_a_cluster_that_does_not_answer_is_named_at_once(crew, engine):
    # A port that was just free, and that nobody listens to.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    result = crew.start("--engine", engine, "--engine-address", address)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --engine {engine}: no * answers at '{address}'*"])
    assert not crew.samples()


ON_GPUS = """
def pytest_widthwise_devices(config):
    from widthwise.harness.engines.engine import Devices
    return Devices(gpus=("0",))
"""


def test_ray_without_a_gpu_says_what_is_there_instead_of_waiting(crew):
    crew.conftest(ON_GPUS)
    result = crew.start("--engine", "ray", "--jobs", "1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --engine ray: the Ray cluster has no GPU for each worker; there is *CPU *"]
    )
    assert not crew.samples()


def test_a_worker_with_another_device_is_refused_at_once(crew):
    other = """
def pytest_widthwise_devices(config):
    from widthwise.harness.engines.engine import Devices
    return Devices(kind=lambda: "another")
"""
    crew.conftest(other)
    result = crew.run("--engine", "loky", "--jobs", "1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --engine loky: the worker on * measures on another, and this process on *"]
    )
    assert not crew.samples()
