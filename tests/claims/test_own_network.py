"""The claim about somebody's own module that the documentation shows."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "your-own-network.md"


def test_the_claim_of_the_documentation_runs_as_it_stands(tmp_path):
    block = r"```python\n(from torch import nn\n.*?)```"
    (code,) = re.findall(block, PAGE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "test_ours.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "test_ours.py", "-p", "no:cacheprovider"]
    found = subprocess.run(
        [*command, "--device", "cpu", "-k", "width32"], capture_output=True, text=True, cwd=tmp_path
    )
    assert found.returncode == 0, found.stdout
    assert "1 passed" in found.stdout
