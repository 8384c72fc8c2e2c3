"""Unraid's own webGUI, run on state files of ours: what its pages would show."""
