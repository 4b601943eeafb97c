"""Level 2a: one Report value in every form. Each form is a module of `forms`."""
