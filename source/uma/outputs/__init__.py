"""Outputs: they carry messages out of the daemon, to a broker or to the webGUI."""
