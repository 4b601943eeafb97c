"""The files of a host in a standing sandbox: set up, taken stock of, and searched."""

import re
import shutil
import stat
from pathlib import Path

from support.processes import INSTANCE

NOT_THE_HOSTS = {"Amazon", "var", "site"}
"""The agent's own records, and what the sandbox has every Python there load first."""
KEY_ID = re.compile(rb"A[KS]IA[A-Z0-9]{12}")


class HostFiles:
    """The host's folder; ``config`` is the AWS config file of the account that SSM runs as."""

    def __init__(self, sandbox, instance=INSTANCE):
        (self.root,) = [
            Path(host["folder"])
            for host in sandbox.description["hosts"]
            if host["instance_id"] == instance
        ]
        self.config = self.root / "home/.aws/config"

    def clear(self):
        """Take away what other tests left here, killed runs included: the host is shared."""
        for folder in (self.root / "ProgramData").glob("orch-*"):
            shutil.rmtree(folder)
        for name in ("config", "credentials"):
            self.config.with_name(name).unlink(missing_ok=True)
        if self.config.parent.exists():
            self.config.parent.rmdir()

    def put(self, data, mode=0o640):
        self.config.parent.mkdir(exist_ok=True)
        self.config.write_bytes(data)
        self.config.chmod(mode)

    def tree(self):
        """Names, modes and contents of all that is the host's."""
        kept = {}
        for path in sorted(self.root.rglob("*")):
            if NOT_THE_HOSTS.isdisjoint(path.relative_to(self.root).parts):
                mode = stat.filemode(path.lstat().st_mode)
                kept[str(path)] = (mode, path.read_bytes() if path.is_file() else None)
        return kept

    def with_keys(self):
        """The files that hold an access key's id, among the agent's records too."""
        files = [path for path in self.root.rglob("*") if path.is_file()]
        return [path for path in files if KEY_ID.search(path.read_bytes())]
