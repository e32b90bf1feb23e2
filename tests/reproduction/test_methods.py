"""The rows of Tables I-V are there, with the paper's numbers."""

import pytest

from crossres.reproduction import TABLES
from crossres.reproduction.methods import BICUBIC, table
from crossres.types import SettingsError

# Name: PSNR and SSIM at 2x, at 4x, and whether the paper gives it the guide.
TWO = {
    "table1": {
        "bicubic": (34.55, 0.961, 29.62, 0.872, False),
        "SRCNN": (38.15, 0.981, 31.58, 0.918, False),
        "DCSRN": (38.66, 0.984, 31.73, 0.922, False),
        "mDCSRN-GAN": (38.55, 0.983, 31.69, 0.921, False),
        "10L-ReCNN": (40.93, 0.989, 35.31, 0.964, True),
        "proposed network": (41.48, 0.990, 36.04, 0.969, True),
    },
    "table2": {
        "ZSSR": (37.97, 0.982, 30.71, 0.908, False),
        "Model 1": (38.94, 0.984, 32.10, 0.928, False),
        "Model 2": (39.13, 0.985, 32.60, 0.943, True),
        "proposed": (39.90, 0.987, 34.39, 0.957, True),
    },
}
FOUR_ORIENTATIONS = {
    "table3": {
        "1 stage": (32.11, 0.936), "2 stages": (34.14, 0.955), "3 stages": (34.39, 0.957),
    },
    "table4": {"L1": (34.39, 0.957), "L2": (34.29, 0.956)},
    "table5": {
        "0 mm": (34.39, 0.957), "1 mm": (32.96, 0.941), "2 mm": (32.42, 0.933),
        "3 mm": (32.29, 0.931), "ZSSR": (30.71, 0.908),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", TWO)
def test_tables_at_both_factors_have_the_paper_s_rows(name: str) -> None:
    rows = {row.name: row for row in table(name).rows if row.paper}
    assert set(rows) - {"bicubic"} == set(TWO[name]) - {"bicubic"}
    for row, (psnr2, ssim2, psnr4, ssim4, guided) in TWO[name].items():
        assert rows[row].paper == {2: (psnr2, ssim2), 4: (psnr4, ssim4)}
        assert rows[row].method.guided is guided
    assert table(name).factors == (2, 4)
    assert table(name).rows[0] == BICUBIC


@pytest.mark.parametrize("name", FOUR_ORIENTATIONS)
def test_tables_at_4x_have_the_paper_s_rows(name: str) -> None:
    assert {row.name: row.paper for row in table(name).rows} == {
        row: {4: score} for row, score in FOUR_ORIENTATIONS[name].items()
    }
    assert table(name).factors == (4,)


def test_two_rows_have_no_training() -> None:
    methods = {row.name: row.method for name in TABLES for row in table(name).rows}
    silent = {name for name, method in methods.items() if not method.is_trained}
    assert silent == {"bicubic", "local regression, not learned"}


def test_every_table_is_one_of_the_paper_s() -> None:
    assert set(TABLES) == {*TWO, *FOUR_ORIENTATIONS}


def test_rows_train_on_the_images_of_the_paper() -> None:
    assert {row.method.regime for row in TABLES["table1"].rows[1:]} == {"supervised"}
    regimes = {row.name: row.method.regime for row in TABLES["table2"].rows if row.paper}
    assert regimes == {
        "bicubic": "bicubic", "ZSSR": "internal", "Model 1": "external", "Model 2": "internal",
        "proposed": "external",
    }  # fmt: skip


def test_only_the_gan_has_a_critic() -> None:
    rows = {row.name for t in TABLES.values() for row in t.rows if row.method.adversarial}
    assert rows == {"mDCSRN-GAN"}


def test_the_names_of_rows_match_their_changes() -> None:
    assert [row.method.stages for row in TABLES["table3"].rows] == [1, 2, 3]
    assert [row.method.loss for row in TABLES["table4"].rows] == ["l1", "l2"]
    assert [row.method.shift_mm for row in TABLES["table5"].rows] == [0, 1, 2, 3, 0]


@pytest.mark.parametrize("name", TABLES)
def test_rows_have_names_of_their_own_and_the_proposed_one_is_there(name: str) -> None:
    names = [row.name for row in TABLES[name].rows]
    assert len(set(names)) == len(names)
    assert TABLES[name].proposed in names


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(SettingsError, match="no table 'table9'; choose from table1"):
        table("table9")
