"""Starting and ending a sandbox: its parts, its files, and the command that runs in it.

Its folder and its processes belong to a watcher, a process of its own, so that they end with the
sandbox however that ends.
"""
