"""sr-profile: what a network costs."""

import json
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from sr_experiments import record, tables
from sr_experiments.composing.errors import refusing
from sr_experiments.config import Config, build, command, resolve, runtime_choices
from sr_experiments.report.table import text_table
from sr_experiments.trained import run_folder, ships


@command("profile")
def main(composed: DictConfig) -> float:
    """Measure the network that the config describes, or a run's; the figure that `objective` names, for a sweep."""
    with refusing():
        config = resolve(composed)
        if config["fit"] is not None:
            return _fit(config)
        if config["payback"]:
            return _payback(config)
        name, network = _subject(config)
        result = figures(network, config)
        if config["run"] and not ships(run := run_folder(config["run"])):
            _keep(run, result)
        if config["json"]:
            tables.write_text(Path(config["json"]), json.dumps({"network": name, **result}, indent=1) + "\n")
        print(_text(name, result))
        if config["objective"] not in result:
            raise ValueError(f"objective is one of {', '.join(result)}, not {config['objective']!r}")
    return result[config["objective"]]


def _fit(config: Config) -> int:
    """Print the largest batch, or patch, of which a training step fits into memory, and return it."""
    from sr_experiments.channels import channels
    from sr_experiments.model.memory import largest, step_bytes

    if config["fit"] not in ("batch", "patch") or config["run"]:
        raise ValueError(f"fit is batch or patch, of a model=, not {config['fit']!r} of run={config['run']}")
    if min(config["memory"], config["batch_size"], config["patch_size"]) <= 0:
        raise ValueError("memory, batch_size and patch_size: expected more than 0")
    step = partial(step_bytes, build(config, "model"), channels(config["color"]))
    ways = {
        "batch": lambda number: step(number, config["patch_size"]),
        "patch": lambda number: step(config["batch_size"], number),
    }
    size = ways[config["fit"]]
    if not (found := largest(size, config["memory"] * 2**30)):
        raise ValueError(f"memory={config['memory']:g}: a {config['fit']} of 1 takes {size(1) / 2**30:.2f} GiB")
    other = "patch_size" if config["fit"] == "batch" else "batch_size"
    result = {config["fit"]: found, other: config[other], "step_gib": round(size(found) / 2**30, 3)}
    _tell(runtime_choices()["model"], result, config)
    return found


def _payback(config: Config) -> float:
    """Print what a training step takes with `trainer=fast`, and compiled as well; return after how many that pays."""
    import torch

    from sr_experiments.channels import channels
    from sr_experiments.model.pace import Way, eager_ways, paces, use_convolutions

    if config["run"] or min(config["batch_size"], config["patch_size"]) <= 0:
        raise ValueError("payback is of a model=, not of a run=, with batch_size and patch_size above 0")
    network = build(config, "model").to(config["device"])
    side = config["patch_size"]
    low = torch.rand(config["batch_size"], channels(config["color"]), side, side, device=config["device"])
    plain, *_ = paces(network, low, [Way(channels_last=False)]).values()
    use_convolutions(network)
    found = paces(network, low, eager_ways())
    fast = min(found, key=lambda way: found[way].best)
    eager, *compiled = paces(network, low, [fast, fast._replace(compiled=True)]).values()
    result = {
        "plain_step_ms": round(1e3 * plain.best, 2),
        "fast_way": str(fast),
        "fast_step_ms": round(1e3 * eager.best, 2),
        **_compiled(eager, *compiled),
        "threads": torch.get_num_threads(),
    }
    _tell(runtime_choices()["model"], result, config)
    steps = result["compiling_pays_after_steps"]
    return inf if steps == "never" else steps


def _compiled(eager: Any, compiled: Any = None) -> dict[str, Any]:
    """What compiling takes and gains; `compiled` is None where there is no compiler."""
    if compiled is None:
        return {"compile_seconds": None, "compiling_pays_after_steps": "never"}
    gain = eager.best - compiled.best
    return {
        "compiled_step_ms": round(1e3 * compiled.best, 2),
        "compile_seconds": round(compiled.first, 1),
        "compiling_pays_after_steps": round(compiled.first / gain) if gain > 0 else "never",
    }


def _tell(name: str, result: dict[str, Any], config: Config) -> None:
    if config["json"]:
        tables.write_text(Path(config["json"]), json.dumps(result, indent=1) + "\n")
    print(_text(name, result))


def _subject(config: Config) -> tuple[str, Any]:
    from sr_experiments.inference.network import network_of
    from sr_experiments.inference.run import load_run

    if config["run"]:
        return config["run"], load_run(run_folder(config["run"]), trust=config["trust"]).network
    return runtime_choices()["model"], network_of(build(config, "model"), config)


def figures(network: Any, config: Config) -> dict[str, Any]:
    """Every figure of a network as it is used, with the conditions that they hold under."""
    import torch

    from sr_experiments.model.cost import multiply_adds, parameters
    from sr_experiments.model.latency import latency
    from sr_experiments.model.layers import layers

    module, scale = getattr(network, "module", None), network.scale
    if module is None:
        raise ValueError("expected a network of torch modules: images and ONNX files have no layers to profile")
    if config["precision"] not in ("float32", "bfloat16", "float16"):
        raise ValueError(f"precision is one of float32, bfloat16, float16, not {config['precision']!r}")
    if min(config["repeats"], config["width"], config["height"]) < 1:
        raise ValueError("repeats, width and height: expected at least 1")
    if config["device"].partition(":")[0] not in ("cpu", "cuda"):
        raise ValueError(f"device is cpu or cuda, not {config['device']!r}")
    if config["device"].startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(f"device={config['device']}: no CUDA device is to be seen here; device=cpu")
    low_size = (round(config["height"] / scale), round(config["width"] / scale))
    low = torch.rand(1, network.channels, *low_size, device=config["device"])
    module = module.to(config["device"])
    precision = getattr(torch, config["precision"])
    time = latency(module, low, precision=precision, warmup=config["warmup"], repeats=config["repeats"])
    cost = partial(multiply_adds, module, network.channels, scale, (config["height"], config["width"]))
    result = {
        "parameters": parameters(module),
        "multiply_adds": cost(),
        **({"sample_multiply_adds": cost(sample=True)} if network.noise_channels else {}),
        "latency_ms": round(time.median_ms, 3),
        "latency_range_ms": [round(time.fastest_ms, 3), round(time.slowest_ms, 3)],
        "peak_memory_mib": None if time.peak_memory_mib is None else round(time.peak_memory_mib, 1),
        "input": list(low.shape),
        "device": torch.cuda.get_device_name() if low.is_cuda else "cpu",
        "threads": torch.get_num_threads(),
        "precision": config["precision"],
        "repeats": config["repeats"],
    }
    return {**result, "layers": [layer._asdict() for layer in layers(module, low)]} if config["layers"] else result


def _text(name: str, result: dict[str, Any]) -> str:
    figures = [[key, str(value)] for key, value in result.items() if key != "layers"]
    lines = [text_table([name, ""], figures)]
    if layers := result.get("layers"):
        rows = [
            [str(value) for value in {**layer, "milliseconds": round(layer["milliseconds"], 2)}.values()]
            for layer in layers
        ]
        lines.append(text_table(list(layers[0]), rows))
    return "\n\n".join(lines)


def _keep(run: Path, result: dict[str, Any]) -> None:
    """Put a profile into a run's record, in the place of an earlier one under the same conditions."""
    same = ("input", "device", "threads", "precision")
    with record.changing(run) as facts:
        kept = [profile for profile in facts.get("profiles") or [] if any(profile[key] != result[key] for key in same)]
        facts["profiles"] = [*kept, {key: value for key, value in result.items() if key != "layers"}]


if __name__ == "__main__":
    main()
