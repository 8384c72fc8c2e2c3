"""The drives' own health, by SMART. ``source`` is the task; the other modules are its
parts.
"""
