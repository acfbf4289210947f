"""A cluster is talked to with certificates, or on this machine alone; what is wrong with an address is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hai_utils.errors import UsageError
from hai_utils.sites import connection
from hai_utils.sites.cluster import identify
from hai_utils.sites.connection import Cluster, connected

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("10.0.0.5:8786", "no address of a scheduler"),
        ("http://10.0.0.5:8786", "no address of a scheduler"),
        ("tls://10.0.0.5", "no address of a scheduler"),
        ("tls://10.0.0.5:port", "no address of a scheduler"),
        ("tls://10.0.0.5:8786", "also needs --tls-ca, --tls-cert, --tls-key"),
        ("tcp://10.0.0.5:8786", "anyone who reaches the scheduler could read them and run code"),
        ("tcp://[2001:db8::1]:8786", "plain tcp:// to another machine is refused"),
        ("tcp://localhost.example.org:8786", "plain tcp:// to another machine is refused"),
    ],
)
def test_an_address_that_cannot_or_should_not_be_used_is_refused(address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Cluster(address).check()


@pytest.mark.parametrize("address", ["tcp://localhost:8786", "tcp://127.0.0.1:8786", "tcp://[::1]:8786"])
def test_plain_tcp_stays_on_this_machine(address: str) -> None:
    Cluster(address).check()


def test_who_says_insecure_may_use_plain_tcp() -> None:
    Cluster("tcp://10.0.0.5:8786", insecure=True).check()


def test_certificates_of_a_plain_address_are_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--tls-ca belong to an address that begins with tls://"):
        Cluster("tcp://localhost:8786", ca=tmp_path / "ca.pem").check()


def test_files_that_are_no_certificates_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("nothing", encoding="ascii")
    files = [tmp_path / "a.pem"] * 3
    with pytest.raises(UsageError, match="no certificates with their key"):
        Cluster("tls://localhost:8786", *files).check()
    with pytest.raises(UsageError, match=r"--tls-ca .*: no such file"):
        Cluster("tls://localhost:8786", *[tmp_path / "b.pem"] * 3).check()


def test_without_the_extra_the_line_that_installs_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UsageError, match=r"pip install 'hai-utils\[cluster\]'"),
        connected(Cluster("tcp://127.0.0.1:1")),
    ):
        pass


def openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def authority(folder: Path, name: str) -> Cluster:
    """An authority, and a certificate of it; the address is still to come."""
    folder.mkdir()
    ca, ca_key, cert, key, request = (
        str(folder / f"{part}.pem") for part in ("ca", "ca_key", "cert", "key", "request")
    )
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *new, "-keyout", ca_key, "-out", ca, "-days", "2", "-subj", f"/CN={name}")
    openssl("req", *new, "-keyout", key, "-out", request, "-subj", "/CN=localhost")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-out", cert, "-days", "2")
    return Cluster("", Path(ca), Path(cert), Path(key))


def at(address: str, files: Cluster) -> Cluster:
    return Cluster(address, files.ca, files.cert, files.key)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    return authority(tmp_path_factory.mktemp("tls") / "ours", "ours")


@pytest.fixture(scope="module")
def encrypted(ours: Cluster) -> Any:
    """A cluster on this machine whose scheduler and worker have certificates; its address."""
    files = {"tls_ca_file": str(ours.ca)} | {
        f"tls_{role}_{part}": str(path)
        for role in ("scheduler", "worker", "client")
        for part, path in (("cert", ours.cert), ("key", ours.key))
    }
    security = distributed.Security(**files, require_encryption=True)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, silence_logs=100,
        protocol="tls", security=security, host="127.0.0.1",
    ) as found:  # fmt: skip
        yield found.scheduler_address


def test_with_certificates_a_worker_answers_over_tls(encrypted: str, ours: Cluster) -> None:
    assert encrypted.startswith("tls://127.0.0.1:")
    with connected(at(encrypted, ours)) as client:
        assert [found["hai"] for found in client.run(identify).values()]


def test_a_stranger_on_the_scheduler_is_refused(
    encrypted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SECONDS", 2)
    stranger = at(encrypted, authority(tmp_path / "stranger", "stranger"))
    with pytest.raises(UsageError, match="its certificates come from another authority"), connected(stranger):
        pass


def test_plain_tcp_to_a_scheduler_of_tls_is_refused_in_a_sentence(
    encrypted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SECONDS", 2)
    with (
        pytest.raises(UsageError, match="its scheme is another"),
        connected(Cluster(encrypted.replace("tls:", "tcp:"))),
    ):
        pass


def test_a_scheduler_of_another_version_is_refused(
    encrypted: str, ours: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "version", lambda _: "2020.1.0")
    with (
        pytest.raises(UsageError, match=r"here it is 2020\.1\.0\. Install the same on both"),
        connected(at(encrypted, ours)),
    ):
        pass
