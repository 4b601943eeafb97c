"""SSM's time of day, which can be moved; nothing else in the sandbox goes by it.

movable    the clock itself          durations  7d, 30m and their like
endpoint   where it is moved         asking     whoever asks there
"""
