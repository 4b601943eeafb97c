"""A stand-in for PowerShell: does what a rendered script would do, where no PowerShell is.

It reads the procedure from the script's header, writes the same files, makes the same API calls
with botocore, names errors as the cmdlets do, judges, and prints the same envelope with
``engine: stand-in``. It runs as a process of its own, so that it can be killed like one.
"""
