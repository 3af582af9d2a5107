"""Which low-resolution image goes with which high-resolution one, by their names."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

from sr_experiments.files.elsewhere import ImageFile

DEPTHS = (4, 3, 2, 1)  # names, with so many folders above them as may agree
Key = Callable[[str], str]


def partners(
    highs: Sequence[ImageFile], lows: Sequence[ImageFile], scale: float, low_name: str | None = None
) -> tuple[dict[int, int], list[str]]:
    """The number of each high-resolution image's low-resolution one, and a line for each without a partner.

    Equal names go together first, of these the ones in folders of equal names; then names that are equal without the
    marks that sets put into them: `a_HR.png` with `a_LRBI_x4.png`. `low_name`, such as `*_lq`, says
    what the partner is called instead, `*` being the high-resolution image's name. A ValueError where two may be the
    partner, or none goes with any.
    """
    if low_name and "*" not in low_name:
        raise ValueError(f"expected * in the name of low-resolution images, got {low_name!r}")
    named: Key = (lambda name: low_name.replace("*", name)) if low_name else str
    stages: list[tuple[Key, Key]] = [(named, str)]
    if not low_name:
        stages.append((_unmarked(scale), _unmarked(scale)))
    left, right, found = dict(enumerate(highs)), dict(enumerate(lows)), dict[int, int]()
    for key, low_key in stages:
        for depth in DEPTHS:
            ours, theirs = _by_key(left, key, depth), _by_key(right, low_key, depth)
            for name in set(ours) & set(theirs):
                if len(ours[name]) == len(theirs[name]) == 1:
                    found[ours[name][0]] = theirs[name][0]
                    del left[ours[name][0]], right[theirs[name][0]]
    _check_twins(left, right, *stages[-1])
    if not found:
        raise ValueError(
            f"no image of {lows[0].parent} goes with one of {highs[0].parent}: expected the same names, such as a.png "
            f"and ax{scale}.png; data.train_low_name and data.val_low_name say others, such as *_lq"
        )
    alone = sorted(str(file) for file in [*left.values(), *right.values()])
    return dict(sorted(found.items())), [f"{file}: it has no partner" for file in alone]


def _unmarked(scale: float) -> Key:
    """A name without the marks of BasicSR, BSD100's and Urban100's pairs, DIV2K, DRealSR, Flickr2K, RealSR."""
    marks = rf"(_?HR|_?(bic)?LR([A-Z]*|\d)|[_-](?i:hr|gt|lq|lr\d?)|[_-]?x(1|{re.escape(str(scale))})[dmw]?)+$"
    return lambda name: re.sub(marks, "", name) or name


def _by_key(files: dict[int, ImageFile], key: Key, depth: int) -> dict[str, list[int]]:
    """The numbers of the files that have one name; a letter with an accent has one spelling."""
    found = defaultdict(list)
    for number, file in files.items():
        path = PurePosixPath(unicodedata.normalize("NFC", str(file)))
        found["/".join([*path.parts[-depth:-1], key(path.stem)])].append(number)
    return found


def _check_twins(left: dict[int, ImageFile], right: dict[int, ImageFile], key: Key, low_key: Key) -> None:
    ours, theirs = _by_key(left, key, 1), _by_key(right, low_key, 1)
    for name in sorted(set(ours) & set(theirs)):
        files: Iterable[ImageFile] = [*(left[n] for n in ours[name]), *(right[n] for n in theirs[name])]
        raise ValueError(f"several images have one name, {', '.join(map(str, files))}: which is the partner of which?")
