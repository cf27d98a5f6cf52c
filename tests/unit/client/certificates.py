"""A certificate that nobody signed but itself."""

import subprocess
from pathlib import Path


def self_signed(folder: Path) -> Path:
    """A key and its certificate in one file."""
    file = folder / "both.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)  # noqa: S603
    file.write_text(key.read_text() + certificate.read_text())
    return file
