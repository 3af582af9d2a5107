"""What a composed config asks for."""

import zipfile

from omegaconf import DictConfig

from sr_experiments.sweep.plan import plan_job


def test_a_run_has_one_signature_wherever_it_is_started(compose, pictures, tmp_path, monkeypatch):
    """Sources, an archive among them, starting weights and a criterion's teacher are named from the working folder."""
    pictures("high", 2)
    pictures("low", 2, size=(16, 20))
    (tmp_path / "teacher.pt").write_text("weights")
    with zipfile.ZipFile(tmp_path / "val.zip", "w") as archive:
        archive.write(tmp_path / "high" / "high0.png", "high0.png")

    def signature(above: str) -> str:
        places = {"train": "high", "train_low": "low", "val": "val.zip", "val_low": "null"}
        data = [f"data.{key}={above}{place}".replace(f"{above}null", "null") for key, place in places.items()]
        files = [f"weights={above}teacher.pt", f"+loss.mse.criterion.teacher={above}teacher.pt"]
        files += ["+loss.mse.criterion.other='~nobody_of_that_name/teacher.pt'"]
        return plan_job(DictConfig(compose("data=paired", *data, *files)), {}, tmp_path).signature

    here = signature("")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir("below")
    assert signature("../") == signature(f"{tmp_path}/") == here
    (tmp_path / "teacher.pt").write_text("others")
    assert signature("../") != here
