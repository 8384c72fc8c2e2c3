"""Unraid's own webGUI, run on the tests' state files: the contents of its pages."""
