"""What a host's Python finds out at its start: the host's own users, and how it is broken.

All of it stands in the ``sitecustomize.py`` of the host, so that the scripts that run there know
nothing of it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from orchestrator.sandbox.host.behaviour import Behaviour

_USERS = """\
import pwd

# The host's users are those of its own list. This machine's are none of its.
def _users(path={path!r}):
    try:
        with open(path) as file:
            rows = [line.rstrip("\\n").split(":") for line in file if line.count(":") == 6]
    except OSError:
        rows = []
    return [pwd.struct_passwd((r[0], r[1], int(r[2]), int(r[3]), *r[4:])) for r in rows]


def _user(name):
    for row in _users():
        if row.pw_name == name:
            return row
    raise KeyError("getpwnam(): name not found: " + repr(name))


pwd.getpwall, pwd.getpwnam = _users, _user
"""

_SLOW = """\
import sys
import time


class SlowModules:
    def find_spec(self, name, path=None, target=None):
        if name in ("boto3", "botocore"):
            sys.meta_path.remove(self)
            time.sleep({seconds!r})
        return None


sys.meta_path.insert(0, SlowModules())
"""

# botocore reads the time of a signature by this one function, which its modules take by name.
_SKEWED = """\
import datetime
import importlib.util
import sys


class SkewedClock:
    def find_spec(self, name, path=None, target=None):
        if name != "botocore.compat":
            return None
        sys.meta_path.remove(self)
        found = importlib.util.find_spec(name)
        load = found.loader.exec_module

        def exec_module(module):
            load(module)
            right = module.get_current_datetime

            def get_current_datetime(*given, **named):
                return right(*given, **named) + datetime.timedelta(seconds={seconds!r})

            module.get_current_datetime = get_current_datetime

        found.loader.exec_module = exec_module
        return found


sys.meta_path.insert(0, SkewedClock())
"""

_KILLED = """\
import os
import signal
import sys


def _watch(last, root, apart, mark):
    done = [0]
    named = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown")
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def count():
        done[0] += 1
        if done[0] == last:
            os.close(os.open(mark, os.O_CREAT | os.O_WRONLY))
            os.kill(os.getpid(), signal.SIGKILL)
            # It need not have arrived yet.
            signal.pause()

    def audit(event, given):
        if event not in named or event == "open" and not (given[2] or 0) & writing:
            return
        paths = [item for item in given if isinstance(item, str)]
        if any(path.startswith(root) and not path.startswith(apart) for path in paths):
            count()

    def counted(call):
        def instead(*given):
            count()
            return call(*given)

        return instead

    os.write, os.fsync = counted(os.write), counted(os.fsync)
    sys.addaudithook(audit)


if not os.path.exists({mark!r}):
    _watch({last!r}, {root!r}, {apart!r}, {mark!r})
"""


def write_site(root: Path, site: Path, behaviour: Behaviour) -> None:
    """Write it for a host whose folder is ``root``.

    A host that is killed at a step is killed once: the mark in ``site`` says that it was.
    """
    parts = [_USERS.format(path=str(root / "etc" / "passwd"))]
    if behaviour.module_load:
        parts.append(_SLOW.format(seconds=float(behaviour.module_load)))
    if behaviour.clock_ahead:
        parts.append(_SKEWED.format(seconds=float(behaviour.clock_ahead)))
    if behaviour.killed_at:
        values = {"root": str(root), "apart": str(site), "mark": str(site / "was-killed")}
        parts.append(_KILLED.format(last=behaviour.killed_at, **values))
    # Python takes a compiled one of the same second and size for this one.
    shutil.rmtree(site / "__pycache__", ignore_errors=True)
    (site / "sitecustomize.py").write_text("\n\n".join(parts), encoding="utf-8")
