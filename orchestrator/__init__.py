"""Prove that a role switch works on Windows EC2 instances, and say why when it does not."""

__version__ = "0.1.0"
