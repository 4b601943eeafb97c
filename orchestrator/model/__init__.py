"""Level 0: the frozen types that every other level speaks. Imports nothing of ours but itself."""
