"""The page over HTTP on this machine, made anew when the runs have changed."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from sr_experiments.record import find_runs

HOST = "127.0.0.1"
FILES = ("run.json", "scores.csv", "metrics.csv", ".lock")


def version(paths: Iterable[Path]) -> str:
    """What the runs look like now: it changes whenever one of them writes a record, a score or a curve."""
    seen = [(str(file), *_stamp(file)) for folder in find_runs(paths) for file in (folder / name for name in FILES)]
    return sha256(repr(seen).encode()).hexdigest()[:16]


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def serve(paths: Iterable[Path], port: int, write: Callable[[Path, str], None]) -> None:
    """Serve the page of some runs until Ctrl-C; a ValueError where the port is taken."""
    with TemporaryDirectory() as folder, server(Live(paths, Path(folder), write), port) as serving:
        print(f"the page is at http://{HOST}:{serving.server_port}, anew while runs go on; Ctrl-C ends it", flush=True)
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            print()


class Live:
    """The newest page of some runs: `write(path, version)` makes it, once for each state of the runs."""

    def __init__(self, paths: Iterable[Path], folder: Path, write: Callable[[Path, str], None]) -> None:
        self.paths, self.folder, self.write = list(paths), folder, write
        self.lock, self.made = Lock(), ""

    def page(self) -> bytes:
        """The page as it must be now."""
        with self.lock:
            newest = version(self.paths)
            if newest != self.made:
                self.write(self.folder / "index.html", newest)
                self.made = newest
            return (self.folder / "index.html").read_bytes()


def server(live: Live, port: int) -> ThreadingHTTPServer:
    """A server of the page at `/` and its version at `/version` alone; a ValueError where the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {"/": (live.page, "text/html"), "/version": (lambda: version(live.paths).encode(), "text/plain")}
            if self.path not in answers or self.headers.get("Host", "").partition(":")[0] not in (HOST, "localhost"):
                self.send_error(404)
                return
            answer, kind = answers[self.path]
            content = answer()
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    try:
        return ThreadingHTTPServer((HOST, port), Handler)
    except (OSError, OverflowError) as error:
        raise ValueError(f"--serve: no server at {HOST}:{port} ({error}); choose another port") from None
