"""asyncio's missing parts: an executor without a wait at exit,
tasks that end together.
"""
