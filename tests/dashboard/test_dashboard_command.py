"""`tidegate dashboard`: what is wrong is said before an address is, and the server dies with it."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from functools import partial

import pytest

from tidegate.cli import main
from tidegate.commands import dashboard

PATIENCE = 60  # seconds


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    monkeypatch.setattr(dashboard, "NEEDED", ())  # what is refused is refused before it is needed


def refused(capsys, *options):
    """Return what a refused command says."""
    assert main(["dashboard", *options]) == 2
    told = capsys.readouterr()
    assert told.out == ""  # no address that nobody answers
    return told.err


def test_a_busy_port_is_refused(capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = refused(capsys, "--port", str(port))
    assert told == f"error: --port is {port}; it is in use on 127.0.0.1, choose another\n"


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host", ""])
def test_a_host_that_is_not_this_machine_is_refused(capsys, host):
    told = refused(capsys, "--host", host)
    assert told == f"error: --host is {host!r}; it must be an address of this machine\n"


@pytest.mark.parametrize("port", ["0", "65536"])
def test_a_port_that_is_none_is_refused(capsys, port):
    assert refused(capsys, "--port", port) == f"error: --port is {port}; it must be 1 to 65535\n"


def test_a_package_that_is_none_is_refused(capsys):
    told = refused(capsys, "--from", "nopkg")
    assert told == "error: --from is 'nopkg'; no such package can be imported\n"


def test_a_package_without_experiments_is_refused(capsys):
    told = refused(capsys, "--from", "tidegate.data")
    assert told == "error: --from is 'tidegate.data'; it has no experiments\n"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_the_server_ends_with_the_command_and_says_nothing_else(name):
    pytest.importorskip("solara", reason="needs the viz extra")
    port = free_port()
    command = [sys.executable, "-m", "tidegate", "dashboard", "--port", str(port)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # What a shell's background job or nohup ignores is ignored by its children too.
    heard = partial(signal.signal, getattr(signal, name), signal.SIG_DFL)
    server = subprocess.Popen(command, **streams, preexec_fn=heard)  # noqa: PLW1509
    try:
        url = server.stdout.readline().split()[0]
        assert url == f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(url, timeout=PATIENCE) as page:
            assert page.status == 200
        server.send_signal(getattr(signal, name))
        _, told = server.communicate(timeout=PATIENCE)
    finally:
        server.kill()
    assert told == ""
    assert is_free(port)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def is_free(port):
    """Return whether a port can be had within a moment."""
    for _ in range(20):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return True
        except OSError:
            time.sleep(0.1)
    return False
