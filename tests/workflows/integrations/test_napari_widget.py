"""The manifest and the widget of napari, with the layers of the real viewer's model."""

from importlib.resources import files
from typing import Any

import numpy as np
import pytest

import crossres as cr
from crossres.types import SettingsError
from crossres.volume import Pair, Volume

pytest.importorskip("napari")
pytestmark = [
    pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of napari and npe2, when imported
    pytest.mark.filterwarnings("ignore:Non-orthogonal slicing"),  # of the display, not of the data
]


@pytest.fixture
def model() -> Any:
    from napari.components import ViewerModel

    return ViewerModel()


def add(model: Any, layer: tuple[Any, dict[str, Any], str]) -> Any:
    from napari.layers import Layer

    return model.add_layer(Layer.create(*layer))


def test_the_manifest_names_functions_that_exist() -> None:
    from npe2 import PluginManifest

    manifest = PluginManifest.from_file(
        str(files("crossres.workflows.integrations") / "napari.yaml")
    )
    assert manifest.name == "crossres"
    manifest.validate_imports()


def test_a_volume_keeps_its_place_in_the_world(model: Any) -> None:
    from crossres.viewer.napari_reader import layer_of
    from crossres.workflows.integrations.napari_widget import volume_of_layer

    affine = np.array([[0, -2, 0, 5], [1.5, 0, 0, -7], [0, 0, 3, 11], [0, 0, 0, 1.0]])
    volume = Volume(np.random.default_rng(0).random((4, 5, 6)), cr.Grid((4, 5, 6), affine))
    back = volume_of_layer(add(model, layer_of(volume, "scan")))
    np.testing.assert_allclose(back.affine, affine)
    np.testing.assert_allclose(back.data, volume.data, rtol=1e-6)


def test_scale_and_translation_of_a_layer_count(model: Any) -> None:
    from crossres.workflows.integrations.napari_widget import volume_of_layer

    layer = model.add_image(np.zeros((4, 5, 6)), scale=(2, 3, 4), translate=(1, 0, -1))
    assert volume_of_layer(layer).grid.spacing == (2, 3, 4)
    with pytest.raises(SettingsError, match="2 dimensions"):
        volume_of_layer(model.add_image(np.zeros((4, 5))))


def test_the_widget_returns_the_result_of_enhance(pair: Pair, model: Any) -> None:
    from crossres.viewer.napari_reader import layer_of
    from crossres.workflows.integrations.napari_widget import enhance_layer

    layer = add(model, layer_of(pair.target, "T2"))
    data, options, _ = enhance_layer(layer, spacing=4.0)
    expected = cr.enhance(pair.target, spacing=4.0)
    assert options["name"] == "T2 enhanced"
    np.testing.assert_allclose(data, expected.volume.data, rtol=1e-5, atol=1e-2)
