"""UMA, the Unraid Management Agent: live system, Docker and storage state of an Unraid
server.
"""

__version__ = "2026.11.23"
