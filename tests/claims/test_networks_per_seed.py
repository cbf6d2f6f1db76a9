"""The page on many networks per seed: its claim is run as it stands there."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "networks-per-seed.md"


def test_the_claim_of_the_page_is_supported(pytester, monkeypatch):
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    pytester.makepyfile(test_start=example)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--device", "cpu")
    result.stdout.fnmatch_lines(["*outputs_start_small  supported*"])
    assert result.ret == 0
