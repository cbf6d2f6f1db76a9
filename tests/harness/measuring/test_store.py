"""An entry of the store is whole and true, or it is not there."""

import dataclasses
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from widthwise.harness.measuring.store import FORMAT, Batch, Store, StoreError, _decode, key_of

KEY = key_of({"claim": "units_freeze", "rung": 64})
OTHER = key_of({"claim": "units_freeze", "rung": 128})
BATCH = Batch(np.arange(1.0, 4.0), "float32", 1.25, ("a remark",), 2)


def same(one, other):
    return (
        dataclasses.replace(one, values=0) == dataclasses.replace(other, values=0)
        and one.values.dtype == other.values.dtype
        and one.values.shape == other.values.shape
        and one.values.tobytes() == other.values.tobytes()
    )


@pytest.fixture
def store(tmp_path):
    return Store.at(tmp_path / "deep" / "store")


def entry(store, key=KEY):
    return store.path / key[:2] / f"{key}.batch"


def entries(store):
    return sorted(path.name for path in store.path.rglob("*.batch"))


@given(
    values=arrays(np.float64, array_shapes(max_dims=3, max_side=4)),
    seconds=st.floats(0, 1e9),
    remarks=st.lists(st.text(max_size=30), max_size=3).map(tuple),
)
def test_a_batch_comes_back_bit_for_bit(tmp_path_factory, values, seconds, remarks):
    store = Store.at(tmp_path_factory.mktemp("store"))
    batch = Batch(values, "float64", seconds, remarks)
    store.save(KEY, batch)
    assert same(store.load(KEY), batch)


def test_values_in_another_layout_come_back(store):
    values = np.arange(12.0).reshape(3, 4).T[::2]
    store.save(KEY, dataclasses.replace(BATCH, values=values))
    np.testing.assert_array_equal(store.load(KEY).values, values)


def test_there_is_nothing_before_it_is_saved(store):
    assert store.load(KEY) is None
    assert store.trouble(KEY) is None
    store.save(KEY, BATCH)
    assert store.load(OTHER) is None


def test_saving_again_replaces(store):
    store.save(KEY, BATCH)
    store.save(KEY, dataclasses.replace(BATCH, seconds=2.0))
    assert store.load(KEY).seconds == 2.0
    assert entries(store) == [f"{KEY}.batch"]


KINDS = pytest.mark.parametrize(
    ("save", "load"),
    [
        (lambda store: store.save(KEY, BATCH), Store.load),
        (lambda store: store.save_arrays(KEY, {"a": BATCH.values, "b": np.ones(2, "f4")}),
         Store.load_arrays),
    ],
    ids=["batch", "arrays"],
)  # fmt: skip


@KINDS
def test_any_flipped_bit_is_noticed(store, save, load):
    """Of checksum, key, header and numbers, whatever an entry holds."""
    save(store)
    assert load(store, KEY) is not None
    whole = entry(store).read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        assert _decode(bytes(damaged), KEY) is None, bit
    for at in range(0, len(whole), 37):
        entry(store).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert load(store, KEY) is None, at
        assert store.trouble(KEY) == "were damaged", at


@KINDS
def test_an_entry_cut_short_anywhere_is_noticed(store, save, load):
    save(store)
    whole = entry(store).read_bytes()
    for length in range(len(whole)):
        entry(store).write_bytes(whole[:length])
        assert load(store, KEY) is None, length
    entry(store).write_bytes(whole + b"\0")
    assert load(store, KEY) is None


def test_an_entry_under_another_name_is_refused(store):
    store.save(KEY, BATCH)
    entry(store, OTHER).parent.mkdir(exist_ok=True)
    entry(store).rename(entry(store, OTHER))
    assert store.load(OTHER) is None
    assert store.trouble(OTHER) == "were damaged"


@pytest.mark.parametrize("body", [b"", b"{}\n", b"3\n", b"[]\nxx", b"not JSON\n", b"\xff\n"])
def test_a_foreign_entry_with_a_true_checksum_is_refused(store, body):
    import hashlib

    entry(store).parent.mkdir()
    entry(store).write_bytes(hashlib.sha256(body).hexdigest().encode() + body)
    assert store.load(KEY) is None


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from widthwise.harness.measuring import store as module

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

store = module.Store.at(Path(sys.argv[1]))
moment = sys.argv[3]
if moment == "before the flush":
    os.fsync = die
elif moment == "before the rename":
    Path.replace = die
elif moment == "after the rename":
    replace = Path.replace
    Path.replace = lambda self, target: (replace(self, target), die())
store.save(sys.argv[2], module.Batch(np.arange(1.0, 4.0), "float32", 1.25, ("a remark",), 2))
"""


@pytest.mark.parametrize(
    ("moment", "is_there"),
    [("before the flush", False), ("before the rename", False), ("after the rename", True)],
)
def test_a_writer_killed_at_any_moment_leaves_all_or_nothing(store, moment, is_there):
    process = subprocess.run([sys.executable, "-c", KILLED, str(store.path), KEY, moment])
    assert process.returncode == -signal.SIGKILL
    assert entries(store) == [f"{KEY}.batch"] * is_there
    assert store.trouble(KEY) is None
    if is_there:
        assert same(store.load(KEY), BATCH)
    store.save(KEY, BATCH)
    assert same(store.load(KEY), BATCH)


@pytest.mark.parametrize(("umask", "mode"), [(0o000, 0o666), (0o027, 0o640), (0o077, 0o600)])
def test_entries_have_the_mode_that_the_umask_leaves(store, umask, mode):
    before = os.umask(umask)
    try:
        store.save(KEY, BATCH)
    finally:
        os.umask(before)
    assert entry(store).stat().st_mode & 0o777 == mode


def test_an_entry_that_may_not_be_read_is_told_from_a_damaged_one(store, monkeypatch):
    store.save(KEY, BATCH)

    def refuse(path):  # a mode would not do: root reads whatever there is
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refuse)
        assert store.load(KEY) is None
        assert store.trouble(KEY) == "could not be read (Permission denied)"
    assert same(store.load(KEY), BATCH)


def test_a_writer_that_dies_of_an_error_leaves_nothing(store, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space")))
    with pytest.raises(OSError, match="No space"):
        store.save(KEY, BATCH)
    assert list(entry(store).parent.iterdir()) == []


WRITER = """
import sys
from pathlib import Path
from pathlib import Path
import numpy as np
from widthwise.harness.measuring.store import Batch, Store, key_of

store = Store.at(Path(sys.argv[1]))
for number in range(50):
    key = key_of({"number": number})
    with store.measuring(key):
        if store.load(key) is None:
            store.save(key, Batch(np.full(16, float(number)), "float64", 0.0))
            print(number)
"""


def test_eight_processes_share_the_work(store):
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(8)
    ]
    done = [number for writer in writers for number in writer.communicate()[0].split()]
    assert [writer.returncode for writer in writers] == [0] * 8
    assert sorted(map(int, done)) == list(range(50))
    for number in range(50):
        assert store.load(key_of({"number": number})).values.tolist() == [number] * 16


def test_a_lock_that_has_served_is_removed(store):
    with store.measuring(KEY):
        assert entry(store).with_suffix(".lock").exists()
        store.save(KEY, BATCH)
    assert [path.name for path in entry(store).parent.iterdir()] == [f"{KEY}.batch"]


def test_a_lock_that_has_not_served_stays(store):
    with pytest.raises(RuntimeError), store.measuring(KEY):
        raise RuntimeError
    with store.measuring(KEY):
        pass
    assert entry(store).with_suffix(".lock").exists()


def test_whoever_holds_a_key_sweeps_what_a_killed_writer_of_it_left(store):
    entry(store).parent.mkdir()
    ours, others = (entry(store, key).with_name(f".{key}.x1y2") for key in (KEY, OTHER))
    others.parent.mkdir(exist_ok=True)
    for left in (ours, others):
        left.write_bytes(b"half a batch")
    with store.measuring(KEY):
        assert not ours.exists()
    assert others.exists()


def test_opening_a_store_sweeps_locks_of_entries_that_are_there(store):
    store.save(KEY, BATCH)
    served, waiting = (entry(store, key).with_suffix(".lock") for key in (KEY, OTHER))
    waiting.parent.mkdir(exist_ok=True)
    for lock in (served, waiting):
        lock.touch()
    Store.at(store.path)
    assert (served.exists(), waiting.exists()) == (False, True)


def test_measuring_goes_on_where_no_lock_can_be_made(store):
    (store.path / KEY[:2]).write_text("a file where the folder should be")
    with store.measuring(KEY):
        assert store.load(KEY) is None


def test_a_directory_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "store"):
        with pytest.raises(StoreError, match=r"file.* cannot be written to .*--store DIR"):
            Store.at(path)


def test_the_store_keeps_itself_out_of_version_control(store):
    assert (store.path / ".gitignore").read_text() == "*\n"
    (store.path / ".gitignore").write_text("mine\n")
    Store.at(store.path)
    assert (store.path / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize(
    "key", ["", "../../etc/passwd", "/" + "a" * 63, "A" * 64, KEY[:-1], KEY + "0", KEY[:-2] + ".."]
)
def test_a_name_that_is_no_key_is_refused(store, key):
    for use in (store.load, store.trouble, lambda key: store.save(key, BATCH)):
        with pytest.raises(ValueError, match="a key is the SHA-256"):
            use(key)


def test_a_key_is_canonical():
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    keys = [key_of({"a": value}) for value in (1, 1.0, True, "1", None, [1])]
    assert len(set(keys)) == len(keys)
    assert key_of({}) == key_of({"format": FORMAT})
    for unsuited in (object(), {1, 2}, float("nan"), np.float32(1)):
        with pytest.raises((TypeError, ValueError)):
            key_of({"a": unsuited})


def test_nothing_is_pickled(store):
    store.save(KEY, BATCH)
    body = entry(store).read_bytes()[64:]
    header, _, payload = body.partition(b"\n")
    assert json.loads(header)["key"] == KEY
    assert np.frombuffer(payload[-24:], np.float64).tolist() == [1.0, 2.0, 3.0]
