"""The webGUI's nginx as the daemon uses it: channels at a socket below the host tree."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")

CONFIGURATION = """
load_module {module};
daemon off; master_process off; user root; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen unix:{socket};
        location ~ ^/pub/(.*)$ {{
            nchan_publisher; nchan_channel_id $1;
            nchan_message_buffer_length $arg_buffer_length; nchan_message_timeout 0;
        }}
    }}
}}
"""


@contextmanager
def webgui(root: Path) -> Iterator[None]:
    """Run nginx below *root* at Unraid's path, without open pages; without nginx and nchan, do nothing."""
    if shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin") is None or not MODULE.exists():
        yield
        return
    socket = root / "var/run/nginx.socket"
    socket.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="uma-bench-") as folder:
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(CONFIGURATION.format(module=MODULE, folder=folder, socket=socket))
        with subprocess.Popen(["/usr/sbin/nginx", "-c", str(configuration), "-e", f"{folder}/error.log"]) as process:
            try:
                while not socket.is_socket() and process.poll() is None:
                    time.sleep(0.05)
                yield
            finally:
                process.terminate()
