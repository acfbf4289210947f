"""Connect to the scheduler of a Dask cluster: encrypted and with certificates, or on this machine alone.

Cohorts travel to a scheduler, and a scheduler that anyone on a network can reach runs anyone's code on its workers. So
plain TCP is for this machine (``localhost``, a tunnel, a forwarded port), and TLS with certificates for all others.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hai_utils.errors import UsageError

SECONDS = 10
SCHEMES = ("tls", "tcp")
START = "Start one with 'dask scheduler --protocol tls ...' as the README shows"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a cluster's scheduler is, and what proves who talks to whom.

    Attributes
    ----------
    address : str
        ``tls://HOST:PORT``, or ``tcp://HOST:PORT``.
    ca, cert, key : Path, optional
        For TLS, PEM files: the authority that both sides trust, and this side's certificate and key.
    insecure : bool
        Whether plain TCP may go to another machine.
    """

    address: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    insecure: bool = False

    def check(self) -> None:
        """Refuse what cannot be connected to, or should not be.

        Raises
        ------
        UsageError
            Where the address is none, a file of TLS is missing or unreadable, or plain TCP would leave this machine.
        """
        scheme, host = _parts(self.address)
        files = {"--tls-ca": self.ca, "--tls-cert": self.cert, "--tls-key": self.key}
        if scheme == "tls":
            _check_files(self.address, files)
            return
        if given := [name for name, path in files.items() if path]:
            raise UsageError(
                f"--cluster {self.address}: {', '.join(given)} belong to an address that begins with tls://."
            )
        if not (self.insecure or _is_here(host)):
            raise UsageError(
                f"--cluster {self.address}: plain tcp:// to another machine is refused. Cohorts would cross the network "
                "unencrypted, and anyone who reaches the scheduler could read them and run code on its workers. Use "
                "tls:// with --tls-ca, --tls-cert and --tls-key; or --insecure, if the network is yours alone."
            )

    def security(self) -> Any:  # noqa: ANN401 - distributed publishes no types
        """Return Dask's own description of what secures the connection; None for plain TCP."""
        if not self.address.startswith("tls:"):
            return None
        from distributed.security import Security

        make: Any = Security
        return make(
            tls_ca_file=str(self.ca), tls_client_cert=str(self.cert), tls_client_key=str(self.key),
            require_encryption=True,
        )  # fmt: skip


def _parts(address: str) -> tuple[str, str]:
    """Return scheme and host of an address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        port = None
    else:
        if parts.scheme in SCHEMES and parts.hostname and port and not parts.path and not parts.username:
            return parts.scheme, parts.hostname
    raise UsageError(
        f"--cluster {address}: this is no address of a scheduler. Give scheme, host and port, such as "
        "tls://10.0.0.5:8786, or tcp://localhost:8786 for one on this machine."
    )


def _check_files(address: str, files: dict[str, Path | None]) -> None:
    if missing := [name for name, path in files.items() if path is None]:
        raise UsageError(f"--cluster {address}: tls:// also needs {', '.join(missing)}, each a PEM file.")
    for name, path in files.items():
        if path is None or not path.is_file():
            raise UsageError(f"{name} {path}: no such file.")
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(str(files["--tls-ca"]))
        context.load_cert_chain(str(files["--tls-cert"]), str(files["--tls-key"]), password="")
    except (OSError, ValueError):
        raise UsageError(
            f"--cluster {address}: --tls-ca, --tls-cert and --tls-key are no certificates with their key, as PEM files "
            "without a password."
        ) from None


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def connected(cluster: Cluster) -> Iterator[Any]:
    """Give a client of the cluster.

    Raises
    ------
    UsageError
        Where the extra is not installed, nothing answers at the address, or another version of Dask does.
    """
    cluster.check()
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--cluster needs the package distributed, which is not installed: pip install 'hai-utils[cluster]'."
        ) from None
    connect: Any = Client  # distributed publishes no types for what is called
    try:
        client = connect(cluster.address, timeout=SECONDS, set_as_default=False, security=cluster.security())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--cluster {cluster.address}: no scheduler answers there that this side may talk to "
            f"({type(error).__name__}): none runs, its scheme is another, or its certificates come from another "
            f"authority. {START}, and give its address as it prints it."
        ) from None
    try:
        _check_version(client, cluster.address)
        yield client
    finally:
        client.close()


def _check_version(client: Any, address: str) -> None:  # noqa: ANN401 - distributed publishes no types
    theirs = client.get_versions()["scheduler"]["packages"]["distributed"]
    ours = version("distributed")
    if theirs != ours:
        raise UsageError(
            f"--cluster {address}: the scheduler runs distributed {theirs}, here it is {ours}. Install the same on both."
        )
