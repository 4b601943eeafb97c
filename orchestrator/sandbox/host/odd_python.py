"""What is odd about every Python of a host: boto3 that loads slowly, a clock that is wrong.

Python runs a ``sitecustomize`` that lies on its path before anything else. The stand-in for
PowerShell is a Python too.
"""

from __future__ import annotations

from pathlib import Path

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


def make_odd(site: Path, *, module_load: float = 0.0, clock_ahead: float = 0.0) -> None:
    """Let every Python that has this folder on its path be so; both in seconds, 0 for neither.

    The clock is what botocore signs by. All else of the process goes by this machine's.
    """
    texts = [(_SLOW, module_load), (_SKEWED, clock_ahead)]
    parts = [text.format(seconds=float(seconds)) for text, seconds in texts if seconds]
    if parts:
        (site / "sitecustomize.py").write_text("\n".join(parts), encoding="utf-8")
