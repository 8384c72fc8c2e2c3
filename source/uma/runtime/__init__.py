"""The running process: its log, its notice to root, and ``uma status``."""
