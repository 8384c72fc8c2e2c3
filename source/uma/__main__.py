"""``python -m uma``: the same as the command ``uma``."""

import sys

from uma.start import main

if __name__ == "__main__":
    sys.exit(main())
