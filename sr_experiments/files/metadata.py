"""What a picture carries besides its pixels, taken from one file and put into another."""

import re
from typing import Any, NamedTuple

from PIL import Image
from PIL.ExifTags import IFD, Base

XMP_TEXT = "XML:com.adobe.xmp"
_DESCRIBE = (
    Base.ImageDescription,
    Base.Make,
    Base.Model,
    Base.Software,
    Base.DateTime,
    Base.Artist,
    Base.Copyright,
    Base.Rating,
    Base.XPTitle,
    Base.XPComment,
    Base.XPAuthor,
    Base.XPKeywords,
    Base.XPSubject,
)
_ORIENTATION = re.compile(rb"(tiff:Orientation(?:\s*=\s*[\"']|>))[1-8]")
_SPACES = {b"GRAY": (1, 2), b"RGB ": (3, 4)}


class Metadata(NamedTuple):
    """Color profile, EXIF without what tells of size and way up, XMP, dots per inch, text by its names."""

    profile: bytes | None = None
    exif: Image.Exif | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: dict[str, str] = {}  # noqa: RUF012 - of a tuple, which nobody changes

    def for_size(self, width: int, height: int) -> "Metadata":
        """The same for a picture of this size."""
        exif = self.exif
        if exif is not None and IFD.Exif in exif:
            exif[IFD.Exif] = {**exif[IFD.Exif], Base.ExifImageWidth: width, Base.ExifImageHeight: height}
        return self._replace(exif=exif)

    def for_channels(self, channels: int) -> "Metadata":
        """The same for a picture of so many channels: a profile of other colors goes."""
        fits = channels in _SPACES.get((self.profile or b"")[16:20], ())
        return self if fits else self._replace(profile=None)


def read_metadata(image: Image.Image) -> tuple[Metadata, list[str]]:
    """What an opened and decoded file carries, and in words what of it can't be read."""
    xmp = image.info.get("xmp") or image.info.get(XMP_TEXT)
    xmp = xmp.encode() if isinstance(xmp, str) else xmp
    dpi = image.info.get("dpi")
    try:
        exif, notes = _exif(image, dpi), []
    except Exception:  # broken in whatever way
        exif, notes = None, ["its EXIF can't be read"]
    found = Metadata(
        profile=image.info.get("icc_profile"),
        exif=exif,
        xmp=_ORIENTATION.sub(rb"\g<1>1", xmp) if xmp else None,
        dpi=(float(dpi[0]), float(dpi[1])) if dpi and min(dpi) > 0 else None,
        text=_text(image),
    )
    return found, notes


def orientation(image: Image.Image) -> int:
    """Which way up the file says that it is, in EXIF's numbers; 1 where it says nothing that can be read."""
    try:
        return int(image.getexif().get(Base.Orientation, 1))
    except Exception:  # broken in whatever way
        return 1


def _exif(image: Image.Image, dpi: Any) -> Image.Exif | None:
    found, kept = image.getexif(), Image.Exif()
    for tag in _DESCRIBE:
        if tag in found:
            kept[tag] = found[tag]
    for part in (IFD.Exif, IFD.GPSInfo):
        if inside := found.get_ifd(part):
            kept[part] = dict(inside)
    if not kept:
        return None
    if dpi:
        kept[Base.XResolution], kept[Base.YResolution] = map(float, dpi)
        kept[Base.ResolutionUnit] = 2
    kept.tobytes()
    return kept


def _text(image: Image.Image) -> dict[str, str]:
    text = {name: str(value) for name, value in getattr(image, "text", {}).items()}
    comment = image.info.get("comment")
    if isinstance(comment, bytes) and comment:
        text["Comment"] = comment.decode("utf-8", "replace")
    return {name: value for name, value in text.items() if name != XMP_TEXT and not name.startswith("Raw profile")}
