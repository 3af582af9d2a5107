"""The page over HTTP: there for this machine alone, and new when the runs are."""

from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from made_up_runs import write_run

from sr_experiments.report.serve import Live, server, version


@pytest.fixture
def live(tmp_path):
    """A server of a page that counts how often it was written."""
    write_run(tmp_path / "runs" / "a", status="running")
    made = []

    def write(path, seen):
        made.append(seen)
        path.write_text(f"page {len(made)}")

    with server(Live([tmp_path / "runs"], tmp_path, write), 0) as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


def get(url, **headers):
    with urlopen(Request(url, headers=headers)) as answer:
        return answer.read().decode()


def test_it_is_written_when_the_runs_change(live, tmp_path):
    assert get(f"{live}/") == get(f"{live}/") == "page 1"
    before = get(f"{live}/version")
    write_run(tmp_path / "runs" / "b")
    assert get(f"{live}/version") != before
    assert get(f"{live}/") == "page 2"


@pytest.mark.parametrize("path", ["/../a", "/etc/passwd", "/index.html", "/runs/a/run.json"])
def test_it_serves_nothing_else(live, path):
    with pytest.raises(HTTPError, match="404"):
        get(live + path)


def test_pages_of_other_sites_get_nothing(live):
    """A name of theirs that points here (DNS rebinding) comes with their host."""
    with pytest.raises(HTTPError, match="404"):
        get(f"{live}/", Host="evil.example")


def test_a_port_that_is_taken(live, tmp_path):
    port = int(live.rpartition(":")[2])
    with pytest.raises(ValueError, match=f"127.0.0.1:{port} .*choose another port"):
        server(Live([tmp_path], tmp_path, print), port)


def test_a_version_is_what_lies_there(tmp_path):
    folder = write_run(tmp_path / "a")
    before = version([tmp_path])
    assert version([tmp_path]) == before
    with (folder / "metrics.csv").open("a") as file:
        file.write("40,2,val/psnr,28\n")
    assert version([tmp_path]) != before
