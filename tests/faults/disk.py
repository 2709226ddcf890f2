"""A disk that fails: it loses what was not synced when the power goes, is full, or cannot write, sync or read.

Theory of operation. SQLite reaches files through a table of functions, its VFS. Here a copy of the default one becomes
the default: files are opened by the original, and then a few of their functions are exchanged for ours, which do what
the original does unless something is to fail. For each file we keep what is surely on the disk, and the writes since it
was last synced. When the power goes, each sector of these is there, or not, or half of it; a file whose folder was not
synced since it was made, or deleted, is there, or not. What is left is written to the files, and the process ends.

This works where the symbols of the SQLite that Python uses can be found, as with all Pythons that Linux distributions
bring; ``can_fail`` says whether they are.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import threading
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

SECTOR = 512
OK, FULL, IOERR_READ, IOERR_WRITE, IOERR_FSYNC = 0, 13, 266, 778, 1034

Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
Delete = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
Close = CFUNCTYPE(c_int, c_void_p)
Transfer = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class Vfs(Structure):
    """``sqlite3_vfs``"""

    _fields_ = (
        ("version", c_int), ("file_size", c_int), ("longest_path", c_int), ("next", c_void_p), ("name", c_char_p),
        ("data", c_void_p), ("open", Open), ("delete", Delete), ("others", c_void_p * 14),
    )  # fmt: skip


class Methods(Structure):
    """``sqlite3_io_methods``"""

    _fields_ = (
        ("version", c_int), ("close", Close), ("read", Transfer), ("write", Transfer), ("truncate", Truncate),
        ("sync", Sync), ("others", c_void_p * 13),
    )  # fmt: skip


class File(Structure):
    """``sqlite3_file``"""

    _fields_ = (("methods", POINTER(Methods)),)


def sqlite_library() -> ctypes.CDLL:
    """The SQLite that Python's ``sqlite3`` uses.

    Raises:
        AttributeError: This Python hides its symbols.
    """
    import _sqlite3

    library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    library.sqlite3_vfs_find.restype = POINTER(Vfs)
    library.sqlite3_vfs_register.argtypes = (POINTER(Vfs), c_int)
    return library


def can_fail() -> bool:
    """Whether the SQLite of this Python can be given a disk that fails."""
    try:
        return bool(sqlite_library().sqlite3_vfs_find)
    except AttributeError:
        return False


class Fault(NamedTuple):
    """Something that happens to the disk."""

    kind: str
    """``cut``, ``full``, ``write``, ``sync`` or ``read``."""
    at: int
    """At which operation: the power goes at any that changes something, others fail at their own kind."""
    seed: int = 0
    """Decides what is left when the power goes."""

    @classmethod
    def parse(cls, word: str) -> Fault:
        """``kind:at`` or ``kind:at.seed``"""
        kind, _, place = word.partition(":")
        at, _, seed = place.partition(".")
        return cls(kind, int(at), int(seed or 0))


@dataclass(slots=True)
class Image:
    """What is surely on the disk of a file, and what was written since."""

    content: bytes
    """As it was last synced."""
    before: bytes | None
    """What has its name if what was made or deleted since the folder was synced is forgotten; maybe nothing."""
    moved: bool
    """Whether it was made or deleted since."""
    there: bool = True
    unsynced: list[tuple[int, bytes | None]] = field(default_factory=list)
    """(place, bytes); without bytes it is the length to which it was cut."""

    def synced(self) -> None:
        self.content, self.unsynced = applied(self.content, self.unsynced), []

    def not_synced(self, draw: random.Random) -> None:
        """Syncing failed: part of what was written will never arrive, and nobody will say so again."""
        self.unsynced = [write for write in self.unsynced if draw.random() < 0.5]

    def deleted(self) -> None:
        self.before = self.content if not self.moved else self.before
        self.content, self.unsynced, self.moved, self.there = b"", [], True, False

    def folder_synced(self) -> None:
        self.moved = False

    def left(self, draw: random.Random) -> bytes | None:
        """What is there after the power went."""
        if self.moved and draw.random() < 0.5:
            return self.before
        if not self.there:
            return None
        return applied(self.content, [part for write in self.unsynced for part in torn(*write, draw)])


def torn(place: int, data: bytes | None, draw: random.Random) -> list[tuple[int, bytes | None]]:
    """What arrives of a write, sector by sector."""
    if data is None:
        return [(place, None)] if draw.random() < 0.5 else []
    mode = draw.random()
    if mode < 0.5:  # all of it or nothing, so that many writes are often left in part
        return [(place, data)] if mode < 0.25 else []
    parts: list[tuple[int, bytes | None]] = []
    for start in range(0, len(data), SECTOR):
        part = data[start : start + SECTOR]
        luck = draw.random()
        if luck < 0.6:
            parts.append((place + start, part if luck < 0.5 else part[: draw.randrange(len(part))]))
    return parts


def applied(content: bytes, writes: list[tuple[int, bytes | None]]) -> bytes:
    """A file after some writes."""
    changed = bytearray(content)
    for place, data in writes:
        if data is None:
            del changed[place:]
        else:
            if len(changed) < place:
                changed.extend(bytes(place - len(changed)))
            changed[place : place + len(data)] = data
    return bytes(changed)


class Disk:
    """A disk to which faults happen. Counts what is done to it.

    Args:
        faults: What happens.
    """

    def __init__(self, *faults: Fault) -> None:
        self._faults = faults
        self.counts = {"change": 0, "write": 0, "sync": 0, "read": 0}
        self.quiet = False
        """While it is, nothing fails and nothing is counted."""
        self._images: dict[str, Image] = {}
        self._names: dict[int, str] = {}
        self._lock = threading.RLock()
        self._library = sqlite_library()
        self._original = self._library.sqlite3_vfs_find(None).contents
        self._tables: dict[int, tuple[Methods, Methods]] = {}
        self._kept = (Open(self._open), Delete(self._delete))
        self._ours = (Close(self._close), Transfer(self._read), Transfer(self._write), Truncate(self._truncate),
                      Sync(self._sync))  # fmt: skip
        self._vfs = Vfs.from_buffer_copy(self._original)
        self._vfs.name = b"faulty"
        self._vfs.open, self._vfs.delete = self._kept

    def install(self) -> None:
        """Be the disk of all SQLite files that this process opens from now on."""
        if self._library.sqlite3_vfs_register(byref(self._vfs), 1) != OK:
            raise RuntimeError("SQLite refused the VFS.")

    # -- what may fail --

    def _happens(self, kind: str) -> Fault | None:
        """Count an operation; the fault that happens to it, if one does."""
        if self.quiet:
            return None
        self.counts[kind] += 1
        if kind in ("write", "sync"):
            self.counts["change"] += 1
        for fault in self._faults:
            if fault.kind == "cut":
                if kind != "read" and self.counts["change"] == fault.at:
                    return fault
            elif fault.kind == "full":
                if kind == "write" and self.counts["write"] >= fault.at:
                    return fault
            elif fault.kind == kind and self.counts[kind] == fault.at:
                return fault
        return None

    def _cut(self, fault: Fault) -> None:
        """The power goes."""
        draw = random.Random(fault.seed)
        for name, image in self._images.items():
            left = image.left(draw)
            Path(f"{name}-shm").unlink(missing_ok=True)  # not synced ever; made anew by the first to come
            if left is None:
                Path(name).unlink(missing_ok=True)
            else:
                Path(name).write_bytes(left)
        os.kill(os.getpid(), signal.SIGKILL)

    # -- the functions --

    def _open(self, vfs: Any, name: int | None, file: int, flags: int, out: Any) -> int:
        with self._lock:
            path = _path(name) if name else None  # the pointer itself is passed on: the original keeps it
            known = path is not None and path.exists() and path.stat().st_size > 0
            status = self._original.open(vfs, name, file, flags, out)
            if status == OK and path is not None:
                self._adopt(str(path), file, known)
            return int(status)

    def _adopt(self, name: str, file: int, known: bool) -> None:
        self._names[file] = name
        image = self._images.get(name)
        if image is None:
            self._images[name] = Image(Path(name).read_bytes() if known else b"", None, moved=not known)
        elif not image.there:
            image.there = image.moved = True
        methods = File.from_address(file).methods
        address = ctypes.addressof(methods.contents)
        if address not in self._tables:
            changed = Methods.from_buffer_copy(methods.contents)
            changed.close, changed.read, changed.write, changed.truncate, changed.sync = self._ours
            self._tables[address] = methods.contents, changed
            self._tables[ctypes.addressof(changed)] = methods.contents, changed
        File.from_address(file).methods = ctypes.pointer(self._tables[address][1])

    def _was(self, file: int) -> Methods:
        return self._tables[ctypes.addressof(File.from_address(file).methods.contents)][0]

    def _image(self, file: int) -> Image:
        return self._images[self._names[file]]

    def _close(self, file: int) -> int:
        with self._lock:
            self._names.pop(file)
            return int(self._was(file).close(file))

    def _read(self, file: int, buffer: int, size: int, place: int) -> int:
        with self._lock:
            return IOERR_READ if self._happens("read") else int(self._was(file).read(file, buffer, size, place))

    def _write(self, file: int, buffer: int, size: int, place: int) -> int:
        with self._lock:
            fault, image = self._happens("write"), self._image(file)
            if fault and fault.kind != "cut":
                return FULL if fault.kind == "full" else IOERR_WRITE
            image.unsynced.append((place, ctypes.string_at(buffer, size)))
            if fault:
                self._cut(fault)
            return int(self._was(file).write(file, buffer, size, place))

    def _truncate(self, file: int, size: int) -> int:
        with self._lock:
            self._image(file).unsynced.append((size, None))
            return int(self._was(file).truncate(file, size))

    def _sync(self, file: int, flags: int) -> int:
        with self._lock:
            fault = self._happens("sync")
            if fault and fault.kind == "cut":
                self._cut(fault)
            if fault:
                self._image(file).not_synced(random.Random(fault.at))
                return IOERR_FSYNC
            if self._image(file).moved and self._names[file].endswith(("-wal", "-journal")):
                self._sync_folder()  # SQLite does when it syncs a new log for the first time
            self._image(file).synced()
            return OK  # there is no need to wait for the real disk

    def _delete(self, vfs: Any, name: int, sync_folder: int) -> int:
        with self._lock:
            status = int(self._original.delete(vfs, name, sync_folder))
            image = self._images.get(str(_path(name)))
            if status == OK and image is not None:
                image.deleted()
            if sync_folder:
                self._sync_folder()
            return status

    def _sync_folder(self) -> None:
        for image in self._images.values():
            image.folder_synced()


def _path(name: int) -> Path:
    return Path(os.fsdecode(ctypes.string_at(name)))
