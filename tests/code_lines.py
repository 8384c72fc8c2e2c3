"""Code in the documents: indented lines, fenced blocks, and text between backquotes."""

import re
from collections.abc import Iterable
from pathlib import Path


def code_lines(documents: Iterable[Path]) -> list[str]:
    """Return each line of code in *documents*, without comments behind it."""
    lines = []
    for path in documents:
        is_block = False
        for line in path.read_text().splitlines():
            if line.lstrip().startswith("```"):
                is_block = not is_block
            elif is_block or re.match(r"    \S", line):
                lines.append(line.strip())
            else:
                lines += re.findall(r"`([^`\n]+)`", line)
    return [re.split(r" {2,}#", line)[0].strip() for line in lines]
