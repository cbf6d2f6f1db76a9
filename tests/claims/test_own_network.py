"""The claim about somebody's own module that the documentation shows."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "your-own-network.md"


def test_the_claim_of_the_documentation_runs_as_it_stands(tmp_path):
    (code,) = re.findall(
        r"```python\n(from torch import nn\n.*?)```", PAGE.read_text("utf-8"), re.S
    )
    # Three rungs and few units do to see it run; what comes out is no matter here.
    (tmp_path / "test_ours.py").write_text(code.replace("Widths(32, 512)", "Widths(16, 64)"))
    command = [sys.executable, "-m", "pytest", "test_ours.py", "-p", "no:cacheprovider"]
    found = subprocess.run(
        [*command, "--device", "cpu", "-k", "width32"], capture_output=True, text=True, cwd=tmp_path
    )
    assert found.returncode == 0, found.stdout
    assert "1 passed" in found.stdout
