"""Level 1: code that travels. A rendered Python script holds the source of these modules.

Each is plain Python 3.8 of the standard library alone, printable ASCII, and imports nothing of
`orchestrator`: on a host there is none. The sandbox's stand-in imports them.
"""
