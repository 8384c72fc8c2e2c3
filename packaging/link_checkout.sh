#!/bin/bash
# Make the checkout's daemon a program of ENVIRONMENT, as an editable installation would, which takes seconds more.
# Usage: packaging/link_checkout.sh ENVIRONMENT
set -euo pipefail

environment=$(realpath "$1")
checkout=$(realpath "$(dirname "$0")/..")

site=$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
# What pip has made of it earlier.
rm -rf "$site"/__editable__.uma-*.pth "$site"/uma-*.dist-info
echo "$checkout/source" >"$site/uma.pth"

# A first line has no room for a path with blanks; to Python the second and third are a text.
cat >"$environment/bin/uma" <<END
#!/bin/sh
'''exec' "$environment/bin/python" "\$0" "\$@"
' '''
import sys
from uma.start import main
sys.exit(main())
END
chmod 755 "$environment/bin/uma"
