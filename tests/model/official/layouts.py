"""The names and shapes of released weights, as the authors' own code gives them."""

from collections.abc import Iterator

Shapes = dict[str, tuple[int, ...]]


def conv(name: str, made: int, taken: int, size: int = 3, bias: bool = True) -> Shapes:
    return {f"{name}.weight": (made, taken, size, size)} | ({f"{name}.bias": (made,)} if bias else {})


def linear(name: str, made: int, taken: int) -> Shapes:
    return {f"{name}.weight": (made, taken), f"{name}.bias": (made,)}


def norm(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def joined(*parts: Shapes) -> Shapes:
    return {name: shape for part in parts for name, shape in part.items()}


def means(suffix: str = "") -> Shapes:
    return joined(*(conv(f"{side}_mean{suffix}", 3, 3, 1) for side in ("sub", "add")))


def tail(width: int, scale: int) -> Shapes:
    factors = {2: [2], 3: [3], 4: [2, 2]}[scale]
    stages = (conv(f"tail.0.{2 * index}", width * f * f, width) for index, f in enumerate(factors))
    return joined(*stages, conv("tail.1", 3, width))


def edsr(scale: int, width: int = 256, blocks: int = 32) -> Shapes:
    body = (conv(f"body.{b}.body.{c}", width, width) for b in range(blocks) for c in (0, 2))
    return joined(means(), conv("head.0", width, 3), *body, conv(f"body.{blocks}", width, width), tail(width, scale))


def rcan(scale: int) -> Shapes:
    def blocks() -> Iterator[Shapes]:
        for group in range(10):
            for block in range(20):
                name = f"body.{group}.body.{block}.body"
                yield from (conv(f"{name}.{index}", 64, 64) for index in (0, 2))
                yield conv(f"{name}.3.conv_du.0", 4, 64, 1)
                yield conv(f"{name}.3.conv_du.2", 64, 4, 1)
            yield conv(f"body.{group}.body.20", 64, 64)

    return joined(means(), conv("head.0", 64, 3), *blocks(), conv("body.10", 64, 64), tail(64, scale))


def rdn(scale: int) -> Shapes:
    dense = (conv(f"RDBs.{b}.convs.{c}.conv.0", 64, 64 * (c + 1)) for b in range(16) for c in range(8))
    fusions = (conv(f"RDBs.{b}.LFF", 64, 64 * 9, 1) for b in range(16))
    factors = {2: [2], 3: [3], 4: [2, 2]}[scale]
    up = (conv(f"UPNet.{2 * index}", 64 * f * f, 64) for index, f in enumerate(factors))
    first = (conv("SFENet1", 64, 3), conv("SFENet2", 64, 64), conv("GFF.0", 64, 64 * 16, 1), conv("GFF.1", 64, 64))
    return joined(*first, *dense, *fusions, *up, conv(f"UPNet.{2 * len(factors)}", 3, 64))


def carn(scale: int) -> Shapes:
    blocks = (conv(f"b{i}.b{j}.body.{k}", 64, 64) for i in (1, 2, 3) for j in (1, 2, 3) for k in (0, 2))
    inner = (conv(f"b{i}.c{j}.body.0", 64, 64 * (j + 1), 1) for i in (1, 2, 3) for j in (1, 2, 3))
    outer = (conv(f"c{j}.body.0", 64, 64 * (j + 1), 1) for j in (1, 2, 3))
    up = {"up2.body.0": 256, "up3.body.0": 576, "up4.body.0": 256, "up4.body.3": 256}
    upsample = (conv(f"upsample.{name}", made, 64) for name, made in up.items())
    return joined(means(".shifter"), conv("entry", 64, 3), *blocks, *inner, *outer, *upsample, conv("exit", 3, 64))


def rrdb(scale: int, new: bool = False) -> Shapes:
    trunk, dense, names = "RRDB_trunk", "RDB", ("trunk_conv", "upconv1", "upconv2", "HRconv")
    if new:
        trunk, dense, names = "body", "rdb", ("conv_body", "conv_up1", "conv_up2", "conv_hr")
    blocks = (
        conv(f"{trunk}.{b}.{dense}{d}.conv{c}", 32 if c < 5 else 64, 64 + 32 * (c - 1))
        for b in range(23)
        for d in (1, 2, 3)
        for c in range(1, 6)
    )
    return joined(conv("conv_first", 64, 3), *blocks, *(conv(n, 64, 64) for n in names), conv("conv_last", 3, 64))


def rrdb_older() -> Shapes:
    """ESRGAN as its authors first named it."""
    others = {"conv_first": "0", "trunk_conv": "1.sub.23", "upconv1": "3", "upconv2": "6", "HRconv": "8"}
    names = {f"{new}.": f"model.{old}." for new, old in {**others, "conv_last": "10"}.items()}
    result = {}
    for name, shape in rrdb(4).items():
        inner = name.replace("RRDB_trunk", "model.1.sub").replace(".weight", ".0.weight").replace(".bias", ".0.bias")
        outer = next((old + name.removeprefix(new) for new, old in names.items() if name.startswith(new)), inner)
        result[outer] = shape
    return result


def imdn(scale: int) -> Shapes:
    def block(name: str) -> Shapes:
        steps = (conv(f"{name}.c{k}", m, t) for k, m, t in ((1, 64, 64), (2, 64, 48), (3, 64, 48), (4, 16, 48)))
        attention = (conv(f"{name}.cca.conv_du.0", 4, 64, 1), conv(f"{name}.cca.conv_du.2", 64, 4, 1))
        return joined(*steps, conv(f"{name}.c5", 64, 64, 1), *attention)

    last = (conv("c.0", 64, 384, 1), conv("LR_conv", 64, 64), conv("upsampler.0", 3 * scale**2, 64))
    return joined(conv("fea_conv", 64, 3), *(block(f"IMDB{n}") for n in range(1, 7)), *last)


def esa(name: str, width: int, narrow: int, more: tuple[str, ...]) -> Shapes:
    ends = (conv(f"{name}.conv1", narrow, width, 1), conv(f"{name}.conv4", width, narrow, 1))
    inner = (conv(f"{name}.{part}", narrow, narrow) for part in ("conv2", "conv3", *more))
    return joined(*ends, conv(f"{name}.conv_f", narrow, narrow, 1), *inner)


def rfdn(scale: int) -> Shapes:
    def block(name: str) -> Shapes:
        keeps = (conv(f"{name}.c{k}_d", 24, 48, 1) for k in (1, 2, 3))
        steps = (conv(f"{name}.c{k}_r", 48, 48) for k in (1, 2, 3))
        last = (conv(f"{name}.c4", 24, 48), conv(f"{name}.c5", 48, 96, 1))
        return joined(*keeps, *steps, *last, esa(f"{name}.esa", 48, 12, ("conv_max", "conv3_")))

    last = (conv("c.0", 48, 288, 1), conv("LR_conv", 48, 48), conv("upsampler.0", 3 * scale**2, 48))
    return joined(conv("fea_conv", 48, 3), *(block(f"B{n}") for n in range(1, 7)), *last)


def rlfn(scale: int) -> Shapes:
    def block(name: str) -> Shapes:
        steps = (conv(f"{name}.c{k}_r", 52, 52) for k in (1, 2, 3))
        return joined(*steps, conv(f"{name}.c5", 52, 52, 1), esa(f"{name}.esa", 52, 16, ()))

    last = (conv("conv_2", 52, 52), conv("upsampler.0", 3 * scale**2, 52))
    return joined(conv("conv_1", 52, 3), *(block(f"block_{n}") for n in range(1, 7)), *last)


def pan(scale: int) -> Shapes:
    def block(name: str) -> Shapes:
        enter = (conv(f"{name}.conv1_{side}", 20, 40, 1, bias=False) for side in "ab")
        gated = (conv(f"{name}.PAConv.{part}", 20, 20, bias=False) for part in ("k3", "k4"))
        plain = (conv(f"{name}.k1.0", 20, 20, bias=False), conv(f"{name}.PAConv.k2", 20, 20, 1))
        return joined(*enter, *plain, *gated, conv(f"{name}.conv3", 40, 40, 1, bias=False))

    def stage(number: int, taken: int) -> Shapes:
        attention = conv(f"att{number}.conv", 24, 24, 1)
        return joined(conv(f"upconv{number}", 24, taken), attention, conv(f"HRconv{number}", 24, 24))

    stages = (stage(1, 40), *([stage(2, 24)] if scale == 4 else []))
    ends = (conv("conv_first", 40, 3), conv("trunk_conv", 40, 40), conv("conv_last", 3, 24))
    return joined(*(block(f"SCPA_trunk.{n}") for n in range(16)), *stages, *ends)


def span(scale: int) -> Shapes:
    def collapsed(name: str, taken: int) -> Shapes:
        row = (conv(f"{name}.conv.0", 2 * taken, taken, 1), conv(f"{name}.conv.1", 104, 2 * taken))
        ends = (conv(f"{name}.conv.2", 52, 104, 1), conv(f"{name}.sk", 52, taken, 1))
        return joined(*row, *ends, conv(f"{name}.eval_conv", 52, taken))

    blocks = (collapsed(f"block_{n}.c{k}_r", 52) for n in range(1, 7) for k in (1, 2, 3))
    last = (collapsed("conv_2", 52), conv("conv_cat", 52, 208, 1), conv("upsampler.0", 3 * scale**2, 52))
    return joined(collapsed("conv_1", 3), *blocks, *last)


def safmn(scale: int) -> Shapes:
    def block(name: str) -> Shapes:
        levels = ({f"{name}.safm.mfr.{k}.weight": (9, 1, 3, 3), f"{name}.safm.mfr.{k}.bias": (9,)} for k in range(4))
        mixing = (conv(f"{name}.ccm.ccm.0", 72, 36), conv(f"{name}.ccm.ccm.2", 36, 72, 1))
        norms = (norm(f"{name}.norm{k}", 36) for k in (1, 2))
        return joined(*norms, *levels, conv(f"{name}.safm.aggr", 36, 36, 1), *mixing)

    blocks = (block(f"feats.{n}") for n in range(8))
    return joined(conv("to_feat", 36, 3), *blocks, conv("to_img.0", 3 * scale**2, 36))


def transformer(name: str, width: int) -> Shapes:
    """Norms and MLP of a block, all but its attention."""
    mlp = (linear(f"{name}.mlp.fc1", 2 * width, width), linear(f"{name}.mlp.fc2", width, 2 * width))
    return joined(norm(f"{name}.norm1", width), norm(f"{name}.norm2", width), *mlp)


def attention(name: str, width: int, table: tuple[int, int]) -> Shapes:
    parts = (linear(f"{name}.qkv", 3 * width, width), linear(f"{name}.proj", width, width))
    return joined({f"{name}.relative_position_bias_table": table}, *parts)


def swinir(scale: int, width: int = 180, groups: int = 6, light: bool = False) -> Shapes:
    def group(number: int) -> Iterator[Shapes]:
        for block in range(6):
            name = f"layers.{number}.residual_group.blocks.{block}"
            yield transformer(name, width)
            yield attention(f"{name}.attn", width, (225, 6))
            yield {f"{name}.attn.relative_position_index": (64, 64)}
            yield {f"{name}.attn_mask": (64, 64, 64)} if block % 2 else {}
        yield conv(f"layers.{number}.conv", width, width)

    return joined(*(part for n in range(groups) for part in group(n)), transformer_ends(scale, width, light))


def transformer_ends(scale: int, width: int, light: bool) -> Shapes:
    norms = (norm("patch_embed.norm", width), norm("norm", width))
    ends = joined(conv("conv_first", width, 3), *norms, conv("conv_after_body", width, width))
    if light:
        return ends | conv("upsample.0", 3 * scale**2, width)
    factors = {2: [2], 3: [3], 4: [2, 2], 8: [2, 2, 2]}[scale]
    up = (conv(f"upsample.{2 * index}", 64 * f * f, 64) for index, f in enumerate(factors))
    return joined(ends, conv("conv_before_upsample.0", 64, width), *up, conv("conv_last", 3, 64))


def hat_s(scale: int) -> Shapes:
    def group(number: int) -> Iterator[Shapes]:
        name = f"layers.{number}.residual_group"
        for block in (f"{name}.blocks.{index}" for index in range(6)):
            yield transformer(block, 144)
            yield attention(f"{block}.attn", 144, (961, 6))
            yield conv(f"{block}.conv_block.cab.0", 6, 144)
            yield conv(f"{block}.conv_block.cab.2", 144, 6)
            yield conv(f"{block}.conv_block.cab.3.attention.1", 6, 144, 1)
            yield conv(f"{block}.conv_block.cab.3.attention.3", 144, 6, 1)
        yield transformer(f"{name}.overlap_attn", 144)
        yield attention(f"{name}.overlap_attn", 144, (1521, 6))
        yield conv(f"layers.{number}.conv", 144, 144)

    indices = {"relative_position_index_SA": (256, 256), "relative_position_index_OCA": (256, 576)}
    return joined(indices, *(part for n in range(6) for part in group(n)), transformer_ends(scale, 144, light=False))


def vdsr(scale: int) -> Shapes:
    inner = (conv(f"residual_layer.{n}.conv", 64, 64, bias=False) for n in range(18))
    return joined(conv("input", 64, 1, bias=False), *inner, conv("output", 1, 64, bias=False))


def srcnn(scale: int) -> Shapes:
    return joined(conv("conv1", 64, 1, 9), conv("conv2", 32, 64, 5), conv("conv3", 1, 32, 5))
