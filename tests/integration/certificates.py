"""An authority of a test's own, and certificates by it."""

import subprocess
from pathlib import Path


class Authority:
    """Its files are in *folder*; ``certificate`` is what is trusted."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.certificate = folder / "ca.pem"
        self._key = folder / "ca.key"
        self._openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
            *("-subj", f"/CN={folder.name}", "-keyout", self._key, "-out", self.certificate),
        )

    def certify(self, name: str) -> tuple[Path, Path]:
        """The certificate and the key of a server that is reached by *name*, ``IP:127.0.0.1`` or ``DNS:broker.lan``."""
        stem = self._folder / name.replace(":", "-")
        request, certificate, key, names = (stem.with_suffix(f".{end}") for end in ("csr", "crt", "key", "names"))
        names.write_text(f"subjectAltName={name}\n")
        self._openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", "/CN=broker", "-keyout", key, "-out", request),
        )
        self._openssl(
            *("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial"),
            *("-days", "2", "-extfile", names, "-out", certificate),
        )
        return certificate, key

    @staticmethod
    def _openssl(*arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)
