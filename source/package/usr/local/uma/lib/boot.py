"""Starts the command line of the tree that this file lies in;
the only source file that the package holds.
"""

import sys

sys.path.append(f"{__file__.rpartition('/')[0]}/python3.11/site-packages")

from uma.start import main

sys.exit(main())
