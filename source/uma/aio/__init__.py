"""Additions to asyncio: a deadline, an executor that exit does not wait for, task
groups, shared ticks.
"""
