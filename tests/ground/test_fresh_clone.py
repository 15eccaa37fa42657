"""Someone who has never seen the project clones it and types `make run`."""

import os
import re
import signal
import subprocess
import time
import urllib.request

import pytest

from mpi.start import ROOT
from tests.machine import free_port

KEPT = ("PATH", "HOME", "LANG", "TMPDIR")  # and what tells pip and npm where packages come from


@pytest.mark.slow
def test_make_run_in_a_fresh_clone_answers_and_stops_cleanly(tmp_path):
    clone, port = tmp_path / "clone", free_port()
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or name.lower().startswith(("pip_", "npm_config_", "http", "no_proxy", "ssl_", "node_"))
    }
    environment |= {"PORT": str(port), "MPI_DATA_DIR": str(tmp_path / "data")}
    log = tmp_path / "log"
    with log.open("wb") as output:
        starter = subprocess.Popen(["make", "run"], cwd=clone, env=environment, stdout=output, stderr=output)
        try:
            wait_until_ready(starter, log)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as response:
                assert (response.status, response.read()) == (200, b"ok")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=10) as response:
                page = response.read().decode()
            style = re.search(r'href="(/static/mpi/app[^"]*\.css)"', page)[1]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{style}", timeout=10) as response:
                assert response.status == 200
        finally:
            starter.send_signal(signal.SIGTERM)
            starter.wait(30)
    told = log.read_text()
    assert f"Ready: http://127.0.0.1:{port}/\n" in told
    assert "mayor.rochester-ny@demo.example" in told
    assert "Traceback" not in told
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)


def wait_until_ready(starter, log):
    until = time.monotonic() + 480  # no measure of speed: the machine may be busy with other tests
    while "Ready: " not in log.read_text():
        assert starter.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)
