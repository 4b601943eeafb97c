"""Level 4: an AWS on loopback, with hosts that really run scripts. Same wire, not a mode."""
