"""`pytest --pyargs widthwise.claims.coordinates --module my.package:make`."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from widthwise.claims import coordinates

PORT = """
import torch
from torch import nn

def make(width):
    first, last = nn.Linear(8, width, bias=False), nn.Linear(width, 1, bias=False)
    port = nn.Sequential(first, nn.Tanh(), last)
    nn.init.normal_(port[2].weight, std=1 / width)
    return port

def optimiser(port):
    width = port[2].in_features
    rates = (0.3 * width / 16, 0.3 * 16 / width)
    return torch.optim.SGD([{"params": [t], "lr": lr} for t, lr in zip(port.parameters(), rates)])

def too_fast(port):
    return torch.optim.SGD(port.parameters(), lr=0.3)

def batch():
    x = torch.randn(16, 8, generator=torch.Generator().manual_seed(0))
    return x, torch.sin(x[:, 0]) + 1

number = 3
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "port.py").write_text(PORT)

    def pytest_on(*arguments):
        command = [sys.executable, "-m", "pytest", "--pyargs", "widthwise.claims.coordinates"]
        fixed = ["-p", "no:cacheprovider", "--widths", "32,64,128,256", "--device", "cpu"]
        finished = subprocess.run(
            [*command, *fixed, "--rootdir", str(tmp_path), *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        return finished.returncode, finished.stdout + finished.stderr

    return pytest_on


def test_a_catalogue_without_a_network_of_ones_own_leaves_it_out(tmp_path):
    """Also in a checkout whose package is installed elsewhere."""
    folder = Path(coordinates.__file__).parent
    shutil.copytree(folder, tmp_path / "claims" / "coordinates")
    command = [sys.executable, "-m", "pytest", "claims", "-p", "no:cacheprovider"]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert finished.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, finished.stdout


def test_a_faithful_port_passes_and_shows_its_table(run):
    code, said = run("--module", "port:make", "--optimiser", "port:optimiser", "--steps", "2", "-v")
    assert code == 0, said
    for feature in ("0", "1", "2", "outputs"):
        assert f"test_does_not_depend_on_the_width[{feature}] PASSED" in said
    assert "exponents of  size at start  moved, step 1  moved, step 2" in said
    assert "coordinate check: supported" in said


def test_a_broken_port_fails_and_names_the_tensor(run):
    code, said = run("--module", "port:make", "--optimiser", "port:too_fast", "--steps", "1")
    assert code == 1
    broken = "2.weight (output) breaks: its own first step moves its module by "
    assert f"{broken}N^" in said
    page = Path(re.search("page: (.*)", said)[1])
    assert page.name == "coordinates.html"
    shown = page.read_text("utf-8")
    assert broken in shown
    assert 'class="outcome refuted"' in shown
    for feature in ("0", "1", "2", "outputs"):
        assert f">{feature}</text>" in shown


def test_a_page_that_cannot_be_written_is_no_reason_to_fail(run, tmp_path):
    (tmp_path / "evidence").write_text("a file")
    code, said = run("--module", "port:make", "--optimiser", "port:optimiser", "--steps", "1")
    assert code == 0, said
    assert "the page of the coordinate check could not be written" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--module", "port:none"], "--module: 'port:none' cannot be loaded"),
        (["--module", "nowhere:make"], "--module: 'nowhere:make' cannot be loaded"),
        (["--module", "port:number"], "--module: 'port:number' is a int, no function"),
        (["--module", "port:make", "--batch", "port:no"], "--batch: 'port:no' cannot be loaded"),
        (["--module", "port:make", "--parametrization", "mupp"], "'mupp' is none of mean_field,"),
        (["--module", "port:make", "--steps", "0"], "must be a whole number of at least 1"),
        (["--module", "port:make", "--rate", "-1"], "must be a positive number, got '-1'"),
        (["--module", "port:make", "--widths", "8,x"], "must be widths such as 64,128,256"),
    ],
)
def test_options_that_cannot_be_used_are_refused_by_name(run, arguments, message):
    code, said = run(*arguments)
    assert code != 0
    assert message in said, said


def test_without_a_module_there_is_nothing_to_check(run):
    code, said = run()
    assert code == 5, said
    assert "no tests" in said
