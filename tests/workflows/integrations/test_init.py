"""A package that is not installed is named together with its extra."""

import pytest

from crossres import checks
from crossres.types import MissingPackageError
from crossres.workflows import integrations


@pytest.mark.parametrize(
    ("name", "extra"),
    [("SuperResolution", "torchio"), ("SuperResolutiond", "monai"), ("EnhanceInterface", "nipype")],
)
def test_the_extra_of_a_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, extra: str
) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda package: None)
    with pytest.raises(MissingPackageError, match=rf"crossres\[{extra}\]"):
        getattr(integrations, name)
