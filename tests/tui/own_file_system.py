"""A file system of somebody's own (FUSE), of one file, whose server takes its time when the file is closed."""

import ctypes
import os
import stat
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_LOOK, _OPEN, _FLUSH, _INIT = 3, 14, 25, 26
_REQUEST, _ANSWER, _DETACH = struct.Struct("<IIQQIIII"), struct.Struct("<IiQ"), 2
_ANSWERS = {
    _LOOK: struct.pack("<QII6Q10I", 100, 0, 0, 1, *[0] * 5, 0, 0, 0, stat.S_IFREG | 0o666, 1, *[0] * 5),
    _OPEN: struct.pack("<QII", 1, 0, 0),
    _INIT: struct.pack("<IIIIHHIIHH8I", 7, 31, 65536, 0, 16, 12, 65536, 1, 0, 0, *[0] * 8),
}


@contextmanager
def slow_to_close(place: Path, seconds: float) -> Iterator[int]:
    """The descriptor of such a file, mounted at `place`, the caller's; each closing takes so long."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError:
        pytest.skip("/dev/fuse cannot be used here: run the tests as root, with the kernel's fuse")
    place.touch()
    options = f"fd={device},rootmode=100666,user_id=0,group_id=0".encode()
    if libc.mount(b"own", bytes(place), b"fuse", 0, options) != 0:
        os.close(device)
        pytest.skip("no file system can be mounted here: run the tests as root")
    threading.Thread(target=_serve, args=[device, seconds], daemon=True).start()
    try:
        yield os.open(place, os.O_RDWR)
    finally:
        libc.umount2(bytes(place), _DETACH)


def _serve(device: int, seconds: float) -> None:
    with suppress(OSError):  # it ends with the last one who had something open
        while True:
            _, what, number, *_ = _REQUEST.unpack_from(os.read(device, 1 << 17))
            if what == _FLUSH:
                later = threading.Timer(seconds, os.write, [device, _ANSWER.pack(_ANSWER.size, 0, number)])
                later.daemon = True
                later.start()
            elif what in _ANSWERS:
                answer = _ANSWERS[what]
                os.write(device, _ANSWER.pack(_ANSWER.size + len(answer), 0, number) + answer)
    os.close(device)
