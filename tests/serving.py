"""A web server on this machine, and the archives that it may serve."""

import io
import tarfile
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder, its lists of files and byte ranges; files in `cut` break off in the middle, once each."""

    def __init__(
        self, *arguments, cut: set[str], asked: list[tuple[str, str | None]], keys: set[str | None], **settings
    ) -> None:
        self.cut, self.asked, self.keys = cut, asked, keys
        super().__init__(*arguments, **settings)

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Range"]))
        self.keys.add(self.headers["Authorization"])
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            super().do_GET()
            return
        content = path.read_bytes()
        start, _, end = (self.headers["Range"] or "bytes=0-")[6:].partition("-")
        part = content[int(start) : int(end) + 1 if end else None]
        self.send_response(206 if self.headers["Range"] else 200)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        broken = self.path in self.cut
        self.cut.discard(self.path)
        self.wfile.write(part[: len(part) // 2 if broken else None])

    def log_message(self, *arguments) -> None:
        pass


class Server:
    """What a test may ask of its server."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cut, self.asked, self.keys = folder, set(), [], set()
        handler = partial(Handler, directory=str(folder), cut=self.cut, asked=self.asked, keys=self.keys)
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self.http.server_port}"


def pack(place: Path, files: dict[str, bytes]) -> None:
    if place.suffix == ".zip":
        with zipfile.ZipFile(place, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return
    with tarfile.open(place, "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
