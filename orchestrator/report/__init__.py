"""Level 2: one Report value in every form. A format is one module with one function of a Report."""
