"""The running process: its log, its notice to root,
and the answer to ``uma status``.
"""
