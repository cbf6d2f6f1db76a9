"""The store and the records are data: reading them executes nothing."""

import ast
import hashlib
import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from widthwise.harness.measuring import raw_samples, store
from widthwise.harness.measuring.store import Batch, Store, key_of
from widthwise.harness.terms import evidence
from widthwise.harness.terms.evidence import EvidenceError

KEY = key_of({"claim": "units_freeze"})


class Trap:
    """Leaves a trace when it is unpickled."""

    def __reduce__(self):
        return (Path.touch, (Path("sprung"),))


EXECUTED = {"exec", "compile", "import", "pickle.find_class", "marshal.loads", "subprocess.Popen",
            "os.system", "os.exec", "os.posix_spawn", "os.fork", "ctypes.dlopen"}  # fmt: skip
WATCHING: list[list[str]] = []


@pytest.fixture(scope="module", autouse=True)
def hook():
    """Audit hooks cannot be taken away: one for all, which mostly looks aside."""
    sys.addaudithook(
        lambda event, _: [seen.append(event) for seen in WATCHING if event in EXECUTED]
    )


@pytest.fixture
def executed():
    """What is executed while the test reads."""
    seen: list[str] = []
    WATCHING.append(seen)
    yield seen
    WATCHING.remove(seen)


HOSTILE_BODIES = {
    "a pickle": pickle.dumps(Trap()),
    "a pickle for a header": pickle.dumps(Trap()) + b"\n",
    "a pickle for numbers": json.dumps({"key": KEY, "dtype": "float64", "seconds": 0,
        "remarks": []}).encode() + b"\n" + pickle.dumps(Trap()),
    "code for a dtype": json.dumps({"key": KEY, "dtype": "__import__('os').abort()", "seconds": 0,
        "remarks": ["{0.__class__}"]}).encode() + b"\n",
}  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE_BODIES)
def test_reading_an_entry_executes_nothing(tmp_path, monkeypatch, executed, body):
    monkeypatch.chdir(tmp_path)
    kept = Store.at(tmp_path / "store")
    kept.save(KEY, Batch(np.ones(2), "float64", 0.0))
    assert kept.load(KEY) is not None
    (entry,) = kept.path.rglob("*.batch")
    content = HOSTILE_BODIES[body]
    entry.write_bytes(hashlib.sha256(content).hexdigest().encode() + content)
    executed.clear()
    assert kept.load(KEY) is None
    assert kept.load_arrays(KEY) is None
    assert not executed
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("text", [
    pickle.dumps(Trap(), 0).decode("latin-1"),
    '[{"schema": 3, "!!python/object/apply:os.abort": []}]',
    '{"$ref": "file:///etc/passwd"}',
    "__import__('os').abort()",
])  # fmt: skip
def test_reading_evidence_executes_nothing(executed, text):
    for read in (evidence.loads, evidence.from_json, raw_samples.from_json):
        with pytest.raises(EvidenceError):
            read(text)
    assert not executed


def test_the_watch_would_see_it(executed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pickle.loads(pickle.dumps(Trap()))
    assert "pickle.find_class" in executed
    assert (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "module", [store, evidence, raw_samples], ids=lambda module: module.__name__
)
def test_what_reads_can_neither_unpickle_nor_evaluate(module):
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert not called & {"eval", "exec", "compile", "__import__"}
    assert not imported & {"pickle", "marshal", "shelve", "joblib", "importlib", "subprocess"}


def test_an_entry_that_is_a_link_is_replaced_and_not_followed(tmp_path):
    kept = Store.at(tmp_path / "store")
    outside = tmp_path / "outside"
    outside.write_text("untouched")
    entry = kept.path / KEY[:2] / f"{KEY}.batch"
    entry.parent.mkdir()
    entry.symlink_to(outside)
    kept.save(KEY, Batch(np.ones(2), "float64", 0.0))
    assert outside.read_text() == "untouched"
    assert kept.load(KEY) is not None
