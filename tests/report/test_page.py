"""The comparison page in a real browser, as somebody opens it from disk."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from made_up_runs import CURVE, JUDGE, write_bicubic, write_learnt, write_plane, write_run

from sr_experiments.report.explained import Explained, Explanation
from sr_experiments.report.leaderboard import leaderboards, row_difference
from sr_experiments.report.page import write_page
from sr_experiments.report.runs import experiments, read_runs
from sr_experiments.report.serve import Live, server
from sr_experiments.report.text import difference_text

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update"
)
IMAGES = [f"i{number:02}" for number in range(12)]
LINKS = ("https://evil.example/", "javascript:hacked=1")
EVIL = "</script><img src=x onerror=hacked=1><script>hacked=1</script>"
EVIL += "".join(f'<a href="{link}" xlink:href="{link}">x</a>' for link in LINKS)


def scores(gain: float) -> dict[str, float]:
    """A PSNR for each of twelve images, `gain` above the baseline's, more on every second one."""
    return {image: 28 + number % 5 + gain * (1 + number % 2) for number, image in enumerate(IMAGES)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight experiments on set5 ×3, two of them on ×2 and by another protocol; one is running, one is foreign."""
    folder = tmp_path_factory.mktemp("runs")
    costs = {"multiply_adds": 10**9, "selection_saw": ["set5"]}
    write_run(folder / "b", model="bicubic", benchmark="set5", psnr=scores(0), crops=True, facts={"parameters": 0})
    for seed in (0, 1):
        better = {image: value + seed / 10 for image, value in scores(0.5).items()}
        write_run(folder / f"e{seed}", benchmark="set5", psnr=better, seed=seed, crops=True, facts=costs)
    for number, lr in enumerate([1e-4, 1e-3, 1e-2]):
        for width in (16, 32):
            facts = {"parameters": 100 * width, "profiles": [PROFILE | {"latency_ms": float(width)}]}
            found = scores(0.1 * number + width / 100)
            write_run(
                folder / f"f{number}{width}",
                model="fsrcnn",
                benchmark="set5",
                psnr=found,
                facts=facts,
                lr=lr,
                width=width,
            )
    write_run(folder / "p", benchmark="set5", psnr=scores(0.4), protocol="classic", width=7)
    write_run(folder / "x2", model=EVIL, benchmark="set14", scale=2, psnr={EVIL: 30.0}, crops=False)
    write_run(folder / "going", model="srcnn", status="running")
    (folder / "foreign").mkdir()
    (folder / "foreign" / "run.json").write_text("[]")
    return folder


PROFILE = {"input": [1, 3, 240, 427], "device": "cpu", "threads": 2, "precision": "float32"}


@pytest.fixture(scope="module")
def written(runs: Path) -> Path:
    """The page of all these runs."""
    return write(runs, runs.parent / f"{runs.name}.html")


def write(runs: Path, path: Path, **options: Any) -> Path:
    found, problems = read_runs([runs])
    compared_ = experiments(found)
    write_page(path, compared_, leaderboards(compared_), problems, **options)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, started once."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as found:
        browser = found.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Any, written: Path) -> Iterator[Callable[..., Any]]:
    """Open the page: `open_page(width=400)`; what it complains of, and any request that leaves it, fails the test."""
    complaints: list[str] = []

    def opened(path: Path | str = written, *, width: int = 1280, **options: Any) -> Any:
        page = browser.new_context(viewport={"width": width, "height": 900}, **options).new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: complaints.append(request.url) if leaves(request.url) else None)
        page.goto(f"file://{path}" if isinstance(path, Path) else path)
        page.wait_for_selector("#run-body table")
        return page

    yield opened
    for context in browser.contexts:
        context.close()
    assert complaints == []


def leaves(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:"))


def ranked(page: Any) -> list[str]:
    """The experiments of the visible leaderboard, from top to bottom."""
    return page.locator(".board:not([hidden]) tbody tr:not([hidden]) th label").all_inner_texts()


def column(page: Any, title: str) -> Any:
    return page.locator(".board:not([hidden]) thead button", has_text=title)


def figure(page: Any, name: str) -> list[dict[str, Any]]:
    """The traces of a figure, as they were given to Plotly."""
    return page.evaluate(f"JSON.parse(JSON.stringify(document.getElementById('{name}').data))")


def choose_tab(page: Any, label: str) -> None:
    page.locator("#leaderboard .tabs label", has_text=re.compile(f"^{label}")).click()


def test_sorting_by_any_column(open_page):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    best_first = ranked(page)
    assert best_first[0] == "espcn ×3" and best_first[-1] == "bicubic ×3"
    column(page, "parameters").click()
    values = page.locator(".board:not([hidden]) tbody tr td:nth-child(5)").all_inner_texts()
    assert values == ["3.2K"] * 3 + ["1.6K"] * 3 + ["1.23K", "0"]
    header = page.locator(".board:not([hidden]) thead th", has_text="parameters")
    assert header.get_attribute("aria-sort") == "descending"
    column(page, "parameters").focus()
    page.keyboard.press("Enter")
    assert header.get_attribute("aria-sort") == "ascending"
    assert ranked(page)[0] == "bicubic ×3"
    column(page, "PSNR").click()
    assert ranked(page) == best_first


def test_filtering(open_page):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    page.fill("[name=filter]", "fsrcnn width=16")
    assert sorted(ranked(page)) == [f"fsrcnn lr={lr} width=16 ×3" for lr in (0.0001, 0.001, 0.01)]
    page.fill("[name=filter]", "")
    assert len(ranked(page)) == 8


def test_tabs_are_measured_in_one_way_each(open_page):
    page = open_page()
    tabs = page.locator("#leaderboard .tabs label").all_inner_texts()
    assert tabs == ["set14 ×2 · standard", "set5 ×3 · classic", "set5 ×3 · standard"]
    assert ranked(page) == [f"{EVIL} ×2"]
    page.locator("[name=board]").first.focus()
    page.keyboard.press("ArrowRight")
    assert (
        len(ranked(page)) == 1 and "classic protocol" in page.locator(".board:not([hidden]) .note").first.inner_text()
    )


def test_a_row_says_how_sure_it_is_and_what_selection_saw(open_page, runs):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    row = page.locator(".board:not([hidden]) tbody tr").first.inner_text()
    assert "31.84" in row or re.search(r"\d\d\.\d\d ± 0\.07", row)
    assert re.search(r"\+0\.80 dB \[\d\.\d\d, \d\.\d\d\]\s+on 12 images × 2 and 1 seeds, p", row)
    assert "its selection saw set5" in row
    assert "2 finished" in row


def test_names_are_text(open_page):
    page = open_page()
    assert page.evaluate("typeof hacked") == "undefined"
    assert EVIL in page.locator("body").inner_text()
    assert EVIL in page.locator("[name=a]").evaluate("list => list.selectedOptions[0].text")


def test_no_text_of_a_record_becomes_a_link(open_page):
    """In tables, lists and the labels of charts, in which Plotly makes links of `<a>`."""
    page = open_page()
    choose_tab(page, "set14 ×2")
    page.locator("svg text", has_text="srcnn").first.wait_for(state="attached")
    read = "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes].map(a => [a.name, a.value]))"
    attributes = page.evaluate(read)
    assert not [value for name, value in attributes if name.endswith("href") and value.startswith(LINKS)]
    assert page.locator("svg text", has_text=LINKS[0]).count() > 0


def test_the_front_over_cost(open_page):
    """Of equal cost the better one, of equal score the cheaper one; bicubic costs nothing and is a line."""
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    by_name = {trace["name"]: trace for trace in figure(page, "cost-figure")}
    assert by_name["Pareto front"]["x"] == [1234]
    assert len(by_name["experiments"]["x"]) == 7
    page.select_option("[name=cost]", "latency_ms")
    by_name = {trace["name"]: trace for trace in figure(page, "cost-figure")}
    assert by_name["Pareto front"]["x"] == [16, 32]
    assert "2 of 8 experiments have no latency" in page.locator("#cost-note").inner_text()
    assert page.evaluate("document.getElementById('cost-figure').layout.xaxis.type") == "log"


def test_published_networks_are_grey_points(open_page):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    published = next(trace for trace in figure(page, "cost-figure") if trace["name"] == "published")
    assert any(text.startswith("edsr_baseline") for text in published["text"])
    page.uncheck("[name=literature]")
    assert "published" not in {trace["name"] for trace in figure(page, "cost-figure")}


def transforms(page: Any) -> list[tuple[float, ...]]:
    """How each picture is enlarged and moved, in tenths of a pixel: `(scale, 0, 0, scale, x, y)`."""
    found = page.evaluate(
        "[...document.querySelectorAll('#views img')].map(image => getComputedStyle(image).transform)"
    )
    return [tuple(round(float(number), 1) + 0.0 for number in each[len("matrix(") : -1].split(",")) for each in found]


def test_pictures_zoom_and_move_in_step(open_page):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    first = page.locator("#views .frame").first
    assert page.locator("#views figure").count() == 4  # input, two experiments, target
    first.scroll_into_view_if_needed()
    box = first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    page.mouse.wheel(0, -300)
    page.wait_for_function("document.getElementById('zoom-value').textContent === '2×'")
    zoomed = transforms(page)
    assert len(set(zoomed)) == 1 and zoomed[0][0] == pytest.approx(2)
    page.mouse.down()
    page.mouse.move(box["x"], box["y"] + box["height"] / 4)
    page.mouse.up()
    dragged = transforms(page)
    assert len(set(dragged)) == 1 and dragged != zoomed
    page.locator("#views").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowDown")
    by_key = transforms(page)
    assert len(set(by_key)) == 1 and by_key[0][0] == pytest.approx(3)
    page.keyboard.press("0")
    assert {each[0] for each in transforms(page)} == {1}
    assert page.locator("#views img").first.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"


def test_each_picture_has_its_scores(open_page, runs):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    page.select_option("[name=image]", "i03")
    captions = dict(
        caption.split("\n", 1) for caption in page.locator("#views figcaption").all_inner_texts() if "\n" in caption
    )
    assert captions == {"espcn ×3": f"PSNR {31 + 0.5 * 2 + 0.05:.2f}", "bicubic ×3": "PSNR 31.00"}


def test_images_are_ordered_by_what_one_looks_for(open_page):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    offered = "list => [...list.options].map(option => option.value)"
    assert sorted(page.locator("[name=image]").evaluate(offered)[:6]) == [f"i{number:02}" for number in range(1, 12, 2)]
    page.select_option("[name=order]", "worst")
    assert page.locator("[name=image]").evaluate(offered)[:2] == ["i00", "i10"]
    assert page.locator("[name=image]").input_value() == "i00"


def test_the_slider_moves(open_page):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    page.locator("label", has_text=re.compile("^slider$")).click()
    slider = page.locator("img-comparison-slider")
    place = "slider => slider.value"
    assert float(slider.evaluate(place)) == 50
    slider.focus()
    page.keyboard.down("ArrowRight")
    page.wait_for_function("Number(document.querySelector('img-comparison-slider').value) > 55")
    page.keyboard.up("ArrowRight")
    box = slider.bounding_box()
    assert box["width"] > 300
    assert len(set(transforms(page))) == 1
    page.select_option("[name=right]", "input")
    assert "low resolution" in page.locator(".sides").inner_text()


def test_errors_are_what_differs_from_the_target(open_page):
    """The browser's blending against plain arithmetic, at the pixels of one picture."""
    import io

    import numpy as np
    from PIL import Image

    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    page.locator("label", has_text=re.compile("^errors$")).click()
    frame = page.locator(".frame.error").first
    shown = np.array(Image.open(io.BytesIO(frame.screenshot())).convert("RGB")).astype(float)
    target, output = (
        np.array(Image.open(io.BytesIO(bytes(page.evaluate(BYTES, number))))).astype(float) for number in (0, 1)
    )
    expected = (5 * np.abs(target - output)).clip(0, 255)
    step = shown.shape[0] / 48
    places = ((np.arange(48) + 0.5) * step).astype(int)
    assert np.abs(shown[places][:, places] - expected).mean() < 3


BYTES = """async (number) => {
  const source = document.querySelectorAll('.frame.error')[0].querySelectorAll('img')[number].src;
  return [...Uint8Array.from(atob(source.split(',')[1]), (letter) => letter.charCodeAt(0))];
}"""


def test_curves_over_steps_and_time(open_page):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    lines = {trace["name"]: trace for trace in figure(page, "curves-figure") if trace.get("name")}
    assert lines["espcn ×3"]["x"] == [10, 20, 30]
    assert lines["espcn ×3"]["y"] == [value + 0.5 for value in CURVE["val/psnr"]]  # the mean of seeds 0 and 1
    assert "srcnn ×3" in lines  # unfinished
    band = next(trace for trace in figure(page, "curves-figure") if trace.get("fill"))
    assert max(band["y"]) - min(band["y"]) > 0
    page.select_option("[name=time]", "seconds")
    page.select_option("[name=curve]", "train/loss")
    lines = {trace["name"]: trace for trace in figure(page, "curves-figure") if trace.get("name")}
    assert lines["bicubic ×3"]["x"] == [0.5, 1, 1.5] and lines["bicubic ×3"]["y"] == CURVE["train/loss"]
    page.locator("[name=smoothing]").fill("0.5")
    smooth = {trace["name"]: trace for trace in figure(page, "curves-figure") if trace.get("name")}["bicubic ×3"]["y"]
    assert smooth == pytest.approx([0.1, (0.05 + 0.01) / 1.5, (0.025 + 0.005 + 0.005) / 1.75])


def test_ticked_experiments_are_drawn(open_page):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    page.locator(".board:not([hidden]) tr", has_text="bicubic").locator("[name=shown]").uncheck()
    assert "bicubic ×3" not in {trace.get("name") for trace in figure(page, "curves-figure")}
    assert page.locator("#views figure").count() == 3


def test_settings_that_differ(open_page):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    assert page.locator("#settings-note").inner_text() == "7 experiments differ in model, model.lr, model.width."
    (parallel,) = figure(page, "parallel-figure")
    assert [dimension["label"] for dimension in parallel["dimensions"]] == ["model", "lr", "width", "psnr"]
    assert len(figure(page, "slices-figure")) == 3
    assert "Only 7 experiments: PED-ANOVA wants 50" in page.locator("#importance-note").inner_text()
    assert sum(figure(page, "importance-figure")[0]["x"]) == pytest.approx(1)
    page.select_option("[name=across]", "model.lr")
    page.select_option("[name=up]", "model.width")
    contour = figure(page, "contour-figure")[0]
    assert contour["x"] == [1e-4, 1e-3, 1e-2] and contour["y"] == [16, 32]
    assert contour["z"][1][2] == pytest.approx(29.75 + 0.52 * 1.5, abs=1e-3)


def test_the_verdict_is_the_tests(open_page, runs):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    found = experiments(read_runs([runs])[0])
    board = leaderboards(found)[2]
    rows = {row.name: row for row in board.rows}
    difference = row_difference(rows["espcn ×3"], rows["bicubic ×3"], "psnr")
    assert difference
    assert (
        page.locator("#verdict").inner_text() == f"espcn ×3 against bicubic ×3: {difference_text(difference, 'psnr')}."
    )
    (bars,) = figure(page, "differences-figure")
    assert sorted(bars["y"]) == bars["y"] and sum(bars["y"]) / 12 == pytest.approx(difference.mean)
    page.click("#swap")
    turned = difference._replace(
        mean=-difference.mean, low=-difference.high, high=-difference.low, seeds=(1, 2), trained=(False, True)
    )
    assert page.locator("#verdict").inner_text() == f"bicubic ×3 against espcn ×3: {difference_text(turned, 'psnr')}."


def test_what_differs_between_two_runs(open_page):
    page = open_page()
    page.select_option("[name=one]", label="fsrcnn lr=0.01 width=16 ×3, seed 0")
    page.select_option("[name=other]", label="fsrcnn lr=0.0001 width=16 ×3, seed 0")
    rows = page.locator("#configurations-table tbody tr").all_inner_texts()
    told = [row.split("\t") for row in rows]
    assert [row for row in told if row[0] not in ("logger", "sweep")] == [["model.lr", "0.01", "0.0001"]]


def test_a_runs_own_page(open_page, runs):
    (runs / "e0" / "console.log").write_text("hello\nwarning: a leak\n")
    page = open_page(write(runs, runs.parent / "warned.html"))
    page.select_option("[name=run]", label="espcn ×3, seed 0")
    text = page.locator("#run-body").inner_text()
    assert "warning: a leak" in text and f"finished · {runs / 'e0'}" in text
    page.locator("summary", has_text="Choices and configuration").click()
    assert page.locator("#run-body tr", has_text="model.kind").inner_text() == "model.kind\tespcn"


def test_figures_become_files(open_page, tmp_path):
    page = open_page()
    for kind, begin in (("png", b"\x89PNG"), ("svg", b"<svg")):
        with page.expect_download() as download:
            page.locator(f"#curves [data-save={kind}]").click()
        path = tmp_path / kind
        download.value.save_as(path)
        assert download.value.suggested_filename == f"curves-figure.{kind}"
        assert path.read_bytes().startswith(begin)


def test_light_and_dark(open_page):
    back = "getComputedStyle(document.body).backgroundColor"
    assert open_page().evaluate(back) == "rgb(255, 255, 255)"
    page = open_page(color_scheme="dark")
    assert page.evaluate(back) == "rgb(20, 22, 26)"
    ink = page.evaluate("document.getElementById('curves-figure').layout.font.color")
    page.select_option("[name=theme]", "light")
    assert page.evaluate(back) == "rgb(255, 255, 255)"
    assert page.evaluate("document.getElementById('curves-figure').layout.font.color") != ink
    page = open_page(color_scheme="light")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"document.getElementById('curves-figure').layout.font.color == '{ink}'")


@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_fits(open_page, width):
    page = open_page(width=width)
    choose_tab(page, "set5 ×3 · standard")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_figures_keep_their_height_when_the_window_changes(open_page):
    page = open_page()
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function("document.querySelector('#curves-figure svg').getBoundingClientRect().width < 700")
    assert page.evaluate("document.querySelector('#curves-figure svg').getBoundingClientRect().height") == 440


def test_choices_outlive_a_reload(open_page):
    page = open_page()
    choose_tab(page, "set5 ×3 · standard")
    page.select_option("[name=time]", "seconds")
    page.select_option("[name=image]", "i04")
    page.reload()
    page.wait_for_selector("#run-body table")
    assert len(ranked(page)) == 8
    assert page.locator("[name=time]").input_value() == "seconds"
    assert page.locator("[name=image]").input_value() == "i04"


def test_it_prints(open_page):
    page = open_page(color_scheme="dark")
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.set_viewport_size({"width": 720, "height": 900})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()


def test_pictures_beside_the_page(open_page, runs, tmp_path):
    page = open_page(write(runs, tmp_path / "page.html", pictures="beside"))
    choose_tab(page, "set5 ×3 · standard")
    page.wait_for_function("[...document.querySelectorAll('#views img')].every(image => image.naturalWidth > 0)")
    assert page.locator("#views img").first.get_attribute("src").startswith("page_pictures/")


def test_perception_against_distortion(open_page, tmp_path):
    page = open_page(write(write_plane(tmp_path / "runs"), tmp_path / "page.html"))
    choose_tab(page, "photos ×3 · plain")
    assert page.locator("[name=perception] option").all_inner_texts() == [f"features ({JUDGE})"]
    front, draws, points = figure(page, "plane-figure")
    assert front["x"] == [28, 27.8, 26.5] and front["line"]["dash"] == "dot"
    assert draws["x"] == [27.9, 25, 27.8]  # plain, a sample, the mean of samples
    assert dict(zip(points["text"], points["marker"]["symbol"], strict=True))["gan"] == "circle-open"
    assert min(size for size in points["error_x"]["array"] if size) > 0
    assert "Hollow: its loss looks through the network that judges" in page.locator("#plane-note").inner_text()
    choose_tab(page, "photos ×3 · sample_mean")
    assert len(figure(page, "plane-figure")[2]["x"]) == 6
    choose_tab(page, "photos ×3 · sample$")
    captions = [text.split("\n") for text in page.locator("#views figcaption").all_inner_texts()]
    strip = ["draws, sample 0", "sample 1", "sample 2", "mean of the samples", "how far they differ"]
    assert [first for first, *_ in captions] == ["low resolution", *strip, "high resolution"]
    assert [rest for _, *rest in captions[1:4]] == [["PSNR 21.50"], ["PSNR 22.50"], ["PSNR 23.50"]]


def test_learning_curves_gaps_and_domains(open_page, tmp_path):
    write_bicubic(tmp_path / "runs", benchmarks=2)
    for images, width, gain in ((2, 8, 0.1), (200, 8, 0.4), (2, 64, -0.3), (200, 64, 0.9)):
        write_learnt(tmp_path / "runs", images=images, width=width, gains=[gain, gain / 2])
    write_learnt(tmp_path / "runs", data="documents", gains=[-0.02, 2.0])
    page = open_page(write(tmp_path / "runs", tmp_path / "page.html"))
    choose_tab(page, "photos ×3")
    lines = {line["name"]: line for line in figure(page, "learning-figure") if "name" in line}
    assert [lines[name]["x"] for name in sorted(lines)] == [[2, 200], [2, 200]]
    assert lines["data=photos width=64"]["y"] == pytest.approx([-0.28, 0.92], abs=0.03)
    gaps = [line for line in figure(page, "gap-figure") if "name" in line]
    assert len(gaps) == 4 and gaps[0]["y"] == pytest.approx([0.1, 0.2, 0.3])
    cells = page.locator("#domains tbody tr", has_text="documents").locator("td")
    assert cells.nth(0).locator("strong").count() == 1 and cells.nth(1).inner_text().endswith("not shown")


def test_a_crop_leads_to_what_it_was_made_of(open_page, runs, tmp_path):
    facts = {"diffusion_index": 7.25, "effective_receptive_field": 3.0, "receptive_field": None}
    facts["spectrum"] = {"frequency": [0.1, 0.3], "error": [1.0, 2.0], "original": [4.0, 2.0], "followed": 0.2}
    made = Explanation(
        "espcn width=None", "i03", facts, "data:image/webp;base64,UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
    )
    found = leaderboards(experiments(read_runs([runs])[0]))
    said = [Explained([made] if board.setting["benchmark"] == "set5" else [], ["x: broken"]) for board in found]
    page = open_page(write(runs, tmp_path / "page.html", explained=said))
    choose_tab(page, "set5 ×3 · standard")
    page.select_option("[name=image]", "i01")
    assert not page.locator("#explanation-link").is_visible()
    page.select_option("[name=image]", "i03")
    page.locator("#explanation-link").click()
    shown = page.locator("[data-explained]:not([hidden])")
    assert (
        shown.locator("details img").is_visible() and "7.25" in shown.inner_text() and "x: broken" in shown.inner_text()
    )
    assert figure(page, "spectra-figure")[0]["y"] == [0.25, 1]


def test_a_served_page_follows_its_runs(open_page, tmp_path):
    write_run(tmp_path / "runs" / "a")
    live = Live([tmp_path / "runs"], tmp_path, lambda path, seen: write(tmp_path / "runs", path, version=seen) and None)
    with server(live, 0) as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        page = open_page(f"http://127.0.0.1:{serving.server_port}/")
        assert ranked(page) == ["espcn"]
        page.select_option("[name=time]", "seconds")
        page.locator("[name=shown]").uncheck()
        write_run(tmp_path / "runs" / "b", model="carn", psnr=[31.0, 33.0])
        page.wait_for_selector("text=carn", state="attached")
        page.wait_for_selector("#run-body table")
        assert ranked(page) == ["carn", "espcn"]
        assert [box.is_checked() for box in page.locator("[name=shown]").all()] == [True, False]
        assert page.locator("[name=time]").input_value() == "seconds"
        serving.shutdown()


def test_nothing_finished_yet(open_page, tmp_path):
    write_run(tmp_path / "runs" / "a", status="running")
    page = open_page(write(tmp_path / "runs", tmp_path / "page.html"))
    assert "No finished run has scores yet." in page.locator("main").inner_text()
    assert figure(page, "curves-figure")[-1]["y"] == CURVE["val/psnr"]
