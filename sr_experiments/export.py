"""sr-export: a trained network as a file that runs without this package."""

import argparse
import shlex
import sys
from pathlib import Path

from sr_experiments.console import degrade
from sr_experiments.legible import legible
from sr_experiments.trained import run_folder

FORMATS = ("onnx", "pt2", "safetensors")
PRECISIONS = {"float32": FORMATS, "fp16": ("onnx", "safetensors"), "int8": ("onnx",)}
EXAMPLES = """examples:
  sr-export fsrcnn_x3                                 fsrcnn_x3.onnx: RGB images of any size to three times that
  sr-export runs/mine/SIGNATURE-0 --output mine.onnx  a network that you trained
  sr-export espcn_x2 --format pt2                     for torch.export.load
  sr-export fsrcnn_x3 --precision int8 --output 8.onnx --accept-loss 0.15
                                                      whole numbers of 8 bits; their price in dB is said

A file is kept where it makes what the network makes in torch, at seven sizes. docs/export.md says what is in it."""


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="sr-export",
        description="Write a trained network as a file that runs without this package.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("run", metavar="RUN", help="a network of sr-models --trained, or a run directory")
    options.add_argument("--format", choices=FORMATS, help="the file's (that of --output's ending, or onnx)")
    options.add_argument("--output", type=Path, metavar="FILE", help="the file (RUN's name)")
    options.add_argument("--precision", choices=PRECISIONS, default="float32", help="of its weights (%(default)s)")
    options.add_argument(
        "--accept-loss",
        type=float,
        default=0.1,
        metavar="DB",
        help="what fp16 and int8 may cost in PSNR (%(default)s)",
    )
    options.add_argument("--overwrite", action="store_true", help="replace a file that lies there")
    return options


def main() -> None:
    """Export the network that the command line names."""
    degrade()
    options = parser().parse_args()
    try:
        said = _exported(options)
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {legible(str(error))}") from None
    except KeyboardInterrupt:
        raise SystemExit("interrupted: nothing was written") from None
    print(legible(said))


def _exported(options: argparse.Namespace) -> str:
    """Write the file, whole and checked or not at all, and return what there is to say of it."""
    folder = run_folder(options.run)
    kind = options.format or (options.output.suffix[1:] if options.output else "onnx")
    if kind not in FORMATS:
        raise ValueError(f"--output {options.output}: expected an ending of {', '.join(FORMATS)}, or a --format")
    output = options.output or Path(f"{folder.resolve().name}.{kind}")
    if kind not in PRECISIONS[options.precision]:
        formats = " or ".join(PRECISIONS[options.precision])
        raise ValueError(f"--precision {options.precision} is for --format {formats}, not for {kind}")
    if output.exists() and not options.overwrite:
        raise ValueError(f"{output} lies there: choose another --output, or --overwrite it")
    if not output.parent.is_dir():
        raise ValueError(f"--output {output}: there is no folder {output.parent}")

    from sr_experiments.inference.exporting import export

    if sys.stderr.isatty():
        print(f"{legible(folder.resolve().name)} is exported: seconds, minutes if large", file=sys.stderr)
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    said = export(folder, output, kind, options.precision, options.accept_loss, command)
    return f"{output}  {output.stat().st_size / 1000:,.0f} kB; {said}"


if __name__ == "__main__":
    main()
