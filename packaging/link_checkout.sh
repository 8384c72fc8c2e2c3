#!/bin/bash
# Make the checkout's daemon a program of ENVIRONMENT, seconds faster than an editable installation.
# Usage: packaging/link_checkout.sh ENVIRONMENT
set -euo pipefail

environment=$(realpath "$1")
checkout=$(realpath "$(dirname "$0")/..")

site=$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
# Remove an earlier installation by pip.
rm -rf "$site"/__editable__.uma-*.pth "$site"/uma-*.dist-info
# A relative path has no letter that Python can't read in another locale.
realpath --relative-to="$site" "$checkout/source" >"$site/uma.pth"

# A #! line can't contain a path with blanks; Python reads the second and third lines as a string.
cat >"$environment/bin/uma" <<'END'
#!/bin/sh
'''exec' "$(dirname "$(realpath "$0")")/python" "$0" "$@"
' '''
import sys
from uma.start import main
sys.exit(main())
END
chmod 755 "$environment/bin/uma"
