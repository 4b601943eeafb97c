"""AWS Resource Groups in the sandbox: groups by tags, whose members are its own instances.

app      REST and JSON over WSGI          operations  one function an operation
query    what a group asks of resources   store       the groups of each place
"""

from orchestrator.sandbox.groups.app import ResourceGroups

__all__ = ["ResourceGroups"]
