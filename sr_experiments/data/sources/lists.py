"""Text files that list images, as editors and other tools write them."""

import codecs
import re
from collections.abc import Iterator

ENCODINGS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SIZE = re.compile(r"\s+\(\d+,\s*\d+(,\s*\d+)?\)$")  # what BasicSR's meta_info files add: 0001.png (480,480,3)


def lines(content: bytes, name: str) -> Iterator[tuple[int, str]]:
    """The lines of a list that say something, with their numbers; a ValueError names one that can't be read."""
    encoding = next((encoding for mark, encoding in ENCODINGS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        number = content[: error.start].count(b"\n") + 1
        raise ValueError(f"{name}, line {number}: {error.reason} of {encoding}: save the list as UTF-8") from None
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if line.strip():
            yield number, line.strip()


def readings(line: str) -> Iterator[str]:
    """What a line may mean: what it says, that without size and quotes, that with `/` for `\\`."""
    yield line
    if not line.startswith("#"):
        plain = SIZE.sub("", line)
        plain = plain[1:-1] if len(plain) > 2 and plain[0] == plain[-1] and plain[0] in "\"'" else plain
        yield plain
        yield plain.replace("\\", "/")
