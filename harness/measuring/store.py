"""The store of samples: a directory of entries named by what they hold.

An entry's name is the SHA-256 of everything its content depends on, so an entry
is never out of date: what changed has another name. Its content is data, read
without executing anything, behind a checksum that is verified on every read. An
entry appears at once and whole (written aside, flushed, renamed), so a process
killed at any moment leaves the store usable, and many processes may write.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as from_safetensors
from safetensors.numpy import save as to_safetensors

FORMAT = 3
"""Part of every key: entries of another format are simply not found."""

_CHECKSUM_LENGTH = 64


class StoreError(OSError):
    """The store's directory cannot be used."""


@dataclass(frozen=True)
class Batch:
    """What one measurement gave.

    Attributes:
        values: one row per seed, float64.
        dtype: the dtype that the measurement itself returned.
        seconds: how long it took.
        remarks: what a reader should know of it.
        threads: how many threads the process computed with; 0 if it could not be told.
        met: which seeds meet the event that the claim is about; None where it is about none.
    """

    values: NDArray[np.float64]
    dtype: str
    seconds: float
    remarks: tuple[str, ...] = ()
    threads: int = 0
    met: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Store:
    """A directory of measured batches.

    Attributes:
        path: the directory; made, with its parents, by `Store.at`.
    """

    path: Path

    @classmethod
    def at(cls, path: Path) -> Store:
        """The store in this directory, which is made if it is missing; its path is absolute.

        Raises:
            StoreError: if the directory cannot be made or written to.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
            ignore = path / ".gitignore"
            if not ignore.exists() or not ignore.stat().st_size:
                ignore.write_bytes(b"*\n")
            _sweep(path)
        except OSError as error:
            raise StoreError(
                f"the store {str(path)!r} cannot be written to ({error.strerror}); "
                "pass a directory that can with --store DIR"
            ) from None
        return cls(path.absolute())  # workers may run in another directory

    def load(self, key: str) -> Batch | None:
        """The batch under this key; None if there is none or it cannot be had (`trouble`)."""
        content = self._read(key)
        if content is None:
            return None
        header, arrays = content
        try:
            return Batch(
                values=arrays["values"],
                dtype=header["dtype"],
                seconds=header["seconds"],
                remarks=tuple(header["remarks"]),
                threads=header["threads"],
                met=arrays.get("met"),
            )
        except (KeyError, TypeError):
            return None

    def save(self, key: str, batch: Batch) -> None:
        """Keep a batch under this key.

        Raises:
            OSError: if it cannot be written; no part of it is left behind.
        """
        header = {
            "dtype": batch.dtype,
            "seconds": batch.seconds,
            "remarks": batch.remarks,
            "threads": batch.threads,
        }
        met = {} if batch.met is None else {"met": batch.met}
        self._write(key, header, {"values": batch.values} | met)

    def load_arrays(self, key: str) -> dict[str, NDArray[Any]] | None:
        """The named arrays under this key; None if there are none or they cannot be had."""
        content = self._read(key)
        return None if content is None else content[1]

    def save_arrays(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep named arrays of numbers under this key.

        Raises:
            OSError: if they cannot be written; no part of them is left behind.
        """
        self._write(key, {}, arrays)

    def trouble(self, key: str) -> str | None:
        """Why the entry under this key cannot be had, or None if it can or there is none.

        An entry that this user may not read is told from one that cannot be trusted.
        """
        try:
            content = self._entry(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            return f"could not be read ({error.strerror or error})"
        return None if _decode(content, key) else "were damaged"

    @contextlib.contextmanager
    def measuring(self, key: str) -> Iterator[None]:
        """Hold this key, so that no other process measures the same batch meanwhile.

        The lock belongs to the process: the system releases it if the process dies.
        It only saves double work, so where none can be made (a full disk, a store
        that has become read-only) the measuring goes on without.

        Whoever holds the key sweeps what a killed writer of it left behind, and removes
        the lock's file once the entry is there: who comes later finds the entry, with
        whatever lock.
        """
        entry = self._entry(key)
        lock = entry.with_suffix(".lock")
        with contextlib.ExitStack() as held:
            with contextlib.suppress(OSError):
                entry.parent.mkdir(exist_ok=True)
                held.enter_context(FileLock(lock))
                for left in entry.parent.glob(f".{key}.*"):
                    left.unlink()
            yield
            with contextlib.suppress(OSError):
                if entry.exists():
                    lock.unlink()

    def _read(self, key: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
        try:
            content = self._entry(key).read_bytes()
        except OSError:
            return None
        return _decode(content, key)

    def _write(
        self, key: str, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
    ) -> None:
        entry = self._entry(key)
        entry.parent.mkdir(exist_ok=True)
        write_whole(entry, _encode(key, header, arrays))

    def _entry(self, key: str) -> Path:
        if len(key) != 64 or not set(key) <= set("0123456789abcdef"):
            raise ValueError(f"a key is the SHA-256 of an identity in hexadecimal, got {key!r}")
        return self.path / key[:2] / f"{key}.batch"


def key_of(identity: Mapping[str, Any]) -> str:
    """The key of what is identified so: SHA-256 of its canonical JSON.

    Raises:
        TypeError: if the identity holds anything but JSON's own types.
    """
    canonical = json.dumps(
        {"format": FORMAT, **identity},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
        allow_nan=False,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _encode(key: str, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    payload = to_safetensors({name: np.ascontiguousarray(a) for name, a in arrays.items()})
    body = json.dumps({"key": key, **header}).encode() + b"\n" + payload
    return hashlib.sha256(body).hexdigest().encode() + body


def _decode(content: bytes, key: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
    checksum, body = content[:_CHECKSUM_LENGTH], content[_CHECKSUM_LENGTH:]
    if hashlib.sha256(body).hexdigest().encode() != checksum:
        return None
    try:
        line, _, payload = body.partition(b"\n")
        header = json.loads(line)
        return (header, from_safetensors(payload)) if header["key"] == key else None
    except (SafetensorError, KeyError, ValueError, TypeError):
        return None


def _sweep(path: Path) -> None:
    """Remove the locks of entries that are there: nobody waits for these any more."""
    for lock in path.glob("*/*.lock"):
        if lock.with_suffix(".batch").exists():
            lock.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all.

    Raises:
        OSError: if it cannot be written; nothing is left then.
    """
    aside = path.with_name(f".{path.stem}.{secrets.token_hex(8)}")
    try:
        with aside.open("xb") as file:  # with the mode that the user's umask leaves
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
