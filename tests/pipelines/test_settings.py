"""The environment is read once, and what is wrong in it is named with its remedy."""

from __future__ import annotations

import dataclasses
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.settings import SettingsError, read_secret, read_settings

pytestmark = pytest.mark.fast


def test_without_variables_the_data_is_below_the_clone_and_the_database_is_embedded():
    settings = read_settings({}, root=Path("/srv/clone"))
    assert settings.data_dir == Path("/srv/clone/.data")
    assert settings.database_url is None
    assert (settings.api_port, settings.dagster_port, settings.apps_port) == (8800, 8801, 8802)
    assert settings.warehouse_path == Path("/srv/clone/.data/warehouse.duckdb")
    assert settings.apps_url == "http://127.0.0.1:8802"


def test_an_empty_variable_counts_as_not_set():
    empty = {"DMS_DATA_DIR": "", "DMS_DATABASE_URL": "", "DMS_API_PORT": "", "DMS_URL_APP": ""}
    assert read_settings(empty) == read_settings({})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DMS_API_PORT", "eighty"),
        ("DMS_API_PORT", "0"),
        ("DMS_APPS_PORT", "65536"),
        ("DMS_DAGSTER_PORT", "٨٠٠"),
        ("DMS_DATABASE_URL", "mysql://dealer@host/dms"),
        ("DMS_URL_APP", "host:5432"),
    ],
)
def test_a_value_we_cannot_use_names_its_variable_and_the_command_to_set_it(variable: str, value: str):
    with pytest.raises(SettingsError, match=rf"^{variable}: .*export {variable}=\S+$"):
        read_settings({variable: value})


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="DMS_DATA_DIR"):
        read_settings({"DMS_DATA_DIR": str(tmp_path / "file")})


def test_a_relative_data_folder_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert read_settings({"DMS_DATA_DIR": "here"}).data_dir == tmp_path / "here"


def test_a_child_process_reads_the_same_settings_from_the_environment_it_is_given(tmp_path: Path):
    parent = read_settings(
        {
            "DMS_DATA_DIR": str(tmp_path),
            "DMS_DATABASE_URL": "postgresql://u:p@host/dms",
            "DMS_API_PORT": "9100",
            "DMS_URL_APP": "postgresql://dms_app:p@host/dms",
        }
    )
    child = read_settings(parent.environment())
    assert child == parent
    assert child.role_url("dms_app") == "postgresql://dms_app:p@host/dms"


def test_a_role_url_nobody_handed_down_names_the_variable_that_would_hold_it():
    with pytest.raises(SettingsError, match=r"DMS_URL_EXTRACT: is not set.*export DMS_URL_EXTRACT="):
        read_settings({}).role_url("dms_extract")


def test_settings_cannot_be_changed_after_reading():
    with pytest.raises(dataclasses.FrozenInstanceError):
        read_settings({}).api_port = 1  # type: ignore[misc]


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path):
    path = tmp_path / "secrets" / "key"
    first = read_secret(path)
    assert len(first) >= 32
    assert read_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_processes_that_make_a_secret_at_once_agree_on_it(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda number: read_secret(tmp_path / "key", make=f"{number}"), range(32)))
    assert len(set(got)) == 1
