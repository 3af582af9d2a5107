"""sr-models: the list of networks."""

import json

from sr_experiments.config import networks


def test_every_network_is_listed_with_what_is_known_of_it(command):
    done = command("models", "--scale", "2", "--json")
    rows = {row["name"]: row for row in json.loads(done.out)}
    assert sorted(rows) == networks()
    imdn = rows["imdn"]
    assert imdn["parameters"] == 694_404
    assert imdn["multiply_adds"] == 158_765_878_272
    assert imdn["published"]["set5"] == {"psnr": 38.0, "protocol": "standard", "training_data": "DIV2K"}
    assert imdn["can"] == ["compile", "export", "any size"]


def test_the_table_leaves_out_what_a_network_does_not_make(command):
    done = command("models", "imdn", "edsr", "--scale", "4")
    header, *rows = done.out.splitlines()
    assert header.startswith("×4")
    assert [row.split()[0] for row in rows] == ["imdn", "edsr"]
    assert command("models", "imdn", "--scale", "7").out.count("\n") == 1


def test_a_name_that_is_not_there_lists_those_that_are(command):
    done = command("models", "nosuch")
    assert done.code == 1
    assert "no network is called nosuch; there are autoencoder" in done.err
