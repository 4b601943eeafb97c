import pytest

from orchestrator.cli.settings import KEYS, load, user_folder
from orchestrator.errors import UsageError


@pytest.fixture
def folders(tmp_path):
    beside, home = tmp_path / "beside", tmp_path / "home"
    beside.mkdir()
    (home / ".config" / "orch").mkdir(parents=True)
    return beside, home


@pytest.fixture
def settings_of(folders):
    beside, home = folders

    def read(text=None, users=None, **environment):
        if text is not None:
            (beside / "orch.toml").write_text(text, encoding="utf-8")
        if users is not None:
            (home / ".config" / "orch" / "orch.toml").write_text(users, encoding="utf-8")
        return load(environment, beside, home)

    return read


def test_no_file_gives_no_settings(settings_of):
    assert settings_of().values == {}


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_taken(settings_of, key):
    assert settings_of(f'{key} = "x"').values == {key: "x"}


def test_other_inputs_stand_in_a_table(settings_of):
    found = settings_of('region = "r"\n[set]\nexpected_role = "R"\nrole_arn = "A"\n')
    assert found.values == {"region": "r"}
    assert found.set == {"expected_role": "R", "role_arn": "A"}


def test_the_nearer_file_wins_key_by_key(settings_of, folders):
    found = settings_of(
        'region = "near"\n[set]\na = "near"', 'region = "far"\nbucket = "far"\n[set]\na = "far"'
    )
    assert found.values == {"region": "near", "bucket": "far"}
    assert found.set == {"a": "near"}
    assert found.origins["region"] == str(folders[0] / "orch.toml")
    assert found.origins["bucket"].startswith(str(folders[1]))


def test_a_named_file_is_the_only_one(settings_of, tmp_path):
    (tmp_path / "named.toml").write_text('bucket = "named"')
    found = settings_of('region = "near"', ORCH_CONFIG=str(tmp_path / "named.toml"))
    assert found.values == {"bucket": "named"}


def test_a_named_file_must_be_there(settings_of):
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read") as caught:
        settings_of('region = "near"', ORCH_CONFIG="none.toml")
    assert "ORCH_CONFIG" in caught.value.mend


def test_a_timeout_may_be_a_number(settings_of):
    found = settings_of('timeout = 900\ndelivery_timeout = "60s"')
    assert found.values == {"timeout": "900", "delivery_timeout": "60s"}


def test_a_file_from_notepad_is_read(settings_of):
    assert settings_of('\ufeffregion = "r"\r\n').values == {"region": "r"}


WRONG = {
    "unknown key": ('x = "y"', "orch.toml:1: there is no setting 'x'"),
    "like a key": ('\nregoin = "y"', "orch.toml:2: there is no setting 'regoin'"),
    "number": ("bucket = 5", "orch.toml:1: bucket must be a text, not a number"),
    "truth value": ("timeout = true", "orch.toml:1: timeout must be a text, not a truth value"),
    "list": ("\n\nrole_arn = []", "orch.toml:3: role_arn must be a text, not a list"),
    "date": ("region = 2026-11-24", "orch.toml:1: region must be a text, not a date"),
    "bare account": (
        "[set]\nexpected_account = 222222222222",
        "orch.toml:2: expected_account must be a text, not a number",
    ),
    "nested table": ("[set.a]\nb = 1", "orch.toml:1: a must be a text, not a table"),
    "other table": ("[profile]\nname = 'x'", "orch.toml:1: profile must be a text, not a table"),
    "set as text": ('set = "x"', "orch.toml:1: set must be a table"),
    "not TOML": ("region = ap-northeast-1", "orch.toml:1: not TOML: Invalid value"),
    "zeros": ("[set]\na = 011111111111", "orch.toml:2: not TOML"),
    "twice": ('region = "a"\nregion = "b"', "orch.toml:2: not TOML: Cannot overwrite a value"),
    "deep": ("x = " + "[" * 20_000, "orch.toml"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told_with_file_line_and_mend(settings_of, name):
    text, message = WRONG[name]
    with pytest.raises(UsageError) as caught:
        settings_of(text)
    assert message in str(caught.value)
    assert caught.value.mend


def test_a_key_that_was_probably_meant_is_named(settings_of):
    with pytest.raises(UsageError) as caught:
        settings_of('regoin = "x"')
    assert "did you mean region?" in caught.value.mend


def test_another_encoding_is_told(folders):
    beside, home = folders
    (beside / "orch.toml").write_bytes("bucket = '\u30c6'".encode("shift_jis"))
    with pytest.raises(UsageError, match="not UTF-8"):
        load({}, beside, home)


def test_the_config_folder_of_each_system(tmp_path):
    other = tmp_path / "other"
    assert user_folder({}, tmp_path, windows=False) == tmp_path / ".config" / "orch"
    assert user_folder({"XDG_CONFIG_HOME": str(other)}, tmp_path, windows=False) == other / "orch"
    assert user_folder({"APPDATA": str(other)}, tmp_path, windows=True) == other / "orch"


def test_a_config_home_that_is_not_absolute_is_passed_over(tmp_path):
    found = user_folder({"XDG_CONFIG_HOME": "relative"}, tmp_path, windows=False)
    assert found == tmp_path / ".config" / "orch"
