import pytest

from pipeline import version


def test_versions_do_not_change_between_calls() -> None:
    assert (version.code_version(), version.extractor()) == (version.code_version(), version.extractor())


def test_the_extractor_changes_with_any_code_and_any_library(monkeypatch: pytest.MonkeyPatch) -> None:
    before = version.extractor.__wrapped__()
    monkeypatch.setattr(version, "code_version", lambda: "other")
    other_code = version.extractor.__wrapped__()
    monkeypatch.setattr("importlib.metadata.version", lambda name: "9")
    assert len({before, other_code, version.extractor.__wrapped__()}) == 3
