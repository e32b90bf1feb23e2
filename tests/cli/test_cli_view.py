"""crossres view shows a result until Ctrl-C, or reports in one line why it cannot."""

import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crossres.viewer import Viewer

Run = Callable[..., Any]
MAIN = "from crossres.cli import main; raise SystemExit(main())"


@pytest.fixture
def enhanced(run: Run, files: SimpleNamespace) -> Path:
    done = run(
        "enhance", files.target, "--guide", files.guide, "--weights", files.weights, "--factor", 2,
        "--no-register", "--maps", "-o", files.output,
    )  # fmt: skip
    assert done.code == 0, done.err
    output: Path = files.output
    return output


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run no server; return the addresses that a browser is given."""
    addresses: list[str] = []
    monkeypatch.setattr("webbrowser.open", addresses.append)
    monkeypatch.setattr(Viewer, "run", lambda self: self._listener.close())
    monkeypatch.setenv("DISPLAY", ":0")
    return addresses


def wait_for_threads() -> None:
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon:
            thread.join(5)


def test_it_shows_until_ctrl_c(enhanced: Path) -> None:
    command = [sys.executable, "-c", MAIN, "view", str(enhanced), "--no-browser"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        address = process.stdout.readline().split()[-1]
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=60) as page:
            assert b"<title>crossres</title>" in page.read()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err == "crossres: the viewer has ended\n"
    assert address not in out


def test_a_browser_is_given_a_ticket_and_not_the_token(
    run: Run, enhanced: Path, opened: list[str]
) -> None:
    done = run("view", enhanced.with_name("SR.maps"))
    wait_for_threads()
    assert done.code == 0, done.err
    (address,) = opened
    assert "/open/" in address
    assert address not in done.out


def test_the_json_file_leads_to_the_volume_beside_it(
    run: Run, enhanced: Path, opened: list[str]
) -> None:
    done = run("view", enhanced.with_name("SR.json"), "--no-browser")
    assert done.code == 0, done.err
    assert done.out.startswith(f"{enhanced.name} is at http://")
    alone = enhanced.with_name("alone.json")
    alone.write_text("{}")
    assert "is no result" in run("view", alone).error


def test_quiet_prints_the_address_alone(run: Run, enhanced: Path, opened: list[str]) -> None:
    (address,) = run("view", enhanced, "--no-browser", "-q").out.splitlines()
    assert address.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("why", ["option", "no screen"])
def test_no_browser_is_opened(
    run: Run, enhanced: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "no screen":
        monkeypatch.setattr(sys, "platform", "linux")
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
    assert run("view", enhanced, *["--no-browser"] * (why == "option")).code == 0
    wait_for_threads()
    assert opened == []


def test_a_result_without_maps_names_the_option_that_makes_them(
    run: Run, files: SimpleNamespace
) -> None:
    done = run("view", files.reference)
    assert done.code == 2
    assert done.out == ""
    assert "--maps" in done.error


def test_what_is_no_result_is_refused(run: Run, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.nii.gz", Path(os.devnull)):
        done = run("view", path)
        assert done.code == 2
        assert done.error.startswith("crossres: error: ")


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none(run: Run, tmp_path: Path, port: str) -> None:
    done = run("view", tmp_path, "--port", port)
    assert done.code == 2
    assert "--port" in done.error
