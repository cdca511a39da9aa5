"""Settings: a TOML file and the environment, with defaults that just work."""

from pathlib import Path

import pytest

from core.config import Settings, load_settings
from core.errors import SettingRefused
from core.mail.settings import mail_server_of
from core.wording import sentence


def _with_file(home: Path, content: str) -> dict[str, str]:
    file = home / "bartizan.toml"
    file.write_text(content)
    return {"BARTIZAN_CONFIG": str(file)}


def test_without_any_setting_everything_lies_in_the_persons_home(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)

    assert settings.database_url == f"sqlite:///{tmp_path}/.local/share/bartizan/bartizan.db"
    assert settings.database_file == tmp_path / ".local/share/bartizan/bartizan.db"
    assert settings.key_ring == tmp_path / ".config/bartizan/keys.json"
    assert settings.registration == "first-start"


def test_database_and_key_ring_lie_in_different_directories(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)

    assert settings.database_file is not None
    assert settings.key_ring.parent != settings.database_file.parent


def test_the_xdg_directories_are_kept_to(tmp_path: Path) -> None:
    environ = {"XDG_DATA_HOME": f"{tmp_path}/data", "XDG_CONFIG_HOME": f"{tmp_path}/config"}

    settings = load_settings(environ, tmp_path)

    assert settings.database_file == tmp_path / "data/bartizan/bartizan.db"
    assert settings.key_ring == tmp_path / "config/bartizan/keys.json"


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    environ = _with_file(tmp_path, 'issuer = "From file"\ntheme = "light"\n') | {"BARTIZAN_ISSUER": "From environment"}

    settings = load_settings(environ, tmp_path)

    assert (settings.issuer, settings.theme, settings.registration) == ("From environment", "light", "first-start")


def test_a_file_of_ones_own_is_found_without_being_named(tmp_path: Path) -> None:
    own = tmp_path / ".config/bartizan/bartizan.toml"
    own.parent.mkdir(parents=True)
    own.write_text('issuer = "Mine"\n')

    assert load_settings({}, tmp_path).issuer == "Mine"


def test_a_server_is_named_by_its_address(tmp_path: Path) -> None:
    settings = load_settings({"BARTIZAN_DATABASE_URL": "postgresql://bartizan@db1,db2/bartizan"}, tmp_path)

    assert settings.database_url == "postgresql://bartizan@db1,db2/bartizan"
    assert settings.database_file is None


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("not toml", "bartizan.toml"),
        ('colour = "red"', "colour"),
        ("theme = 3", "theme"),
        ('theme = "pink"', "theme"),
        ('registration = "anyone"', "registration"),
        ('issuer = ""', "issuer"),
        ('issuer = "a:b"', "issuer"),
        ('issuer = "\\u202e"', "issuer"),
        ('issuer = "' + "x" * 33 + '"', "issuer"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, content: str, named: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        load_settings(_with_file(tmp_path, content), tmp_path)

    assert refused.value.name.endswith(named)


@pytest.mark.parametrize("hours", ["0", "169", "24000", "-1", "1.5", "a day", "٢٤", "24h"])
def test_a_cool_off_that_is_none_is_refused_with_what_it_must_be(tmp_path: Path, hours: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        load_settings({"BARTIZAN_RESET_COOL_OFF_HOURS": hours}, tmp_path)

    assert sentence(refused.value) == "The setting reset_cool_off_hours must be a number of hours from 1 to 168."


def test_the_cool_off_is_a_day_unless_it_is_set(tmp_path: Path) -> None:
    assert load_settings({}, tmp_path).reset_cool_off_hours == "24"
    assert load_settings(_with_file(tmp_path, 'reset_cool_off_hours = "168"'), tmp_path).reset_cool_off_hours == "168"


@pytest.mark.parametrize("name", ["most_consoles", "most_consoles_of_one"])
@pytest.mark.parametrize("number", ["0", "10001", "1000000000", "-1", "1.5", "many", "٢٠", "1e3"])
def test_a_number_of_consoles_that_is_none_is_refused_with_what_it_must_be(
    tmp_path: Path, name: str, number: str
) -> None:
    with pytest.raises(SettingRefused) as refused:
        load_settings({f"BARTIZAN_{name.upper()}": number}, tmp_path)

    assert sentence(refused.value) == f"The setting {name} must be a number from 1 to 10000."


def test_a_host_runs_500_consoles_and_20_of_one_unless_it_is_set(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    changed = load_settings(_with_file(tmp_path, 'most_consoles = "1"\nmost_consoles_of_one = "10000"'), tmp_path)

    assert (settings.most_consoles, settings.most_consoles_of_one) == ("500", "20")
    assert (changed.most_consoles, changed.most_consoles_of_one) == ("1", "10000")


@pytest.mark.parametrize(
    ("named", "vouched"),
    [
        ("", set()),
        (" , ", set()),
        ("bartizan", {"bartizan"}),
        (" bartizan,ops-1 ,", {"bartizan", "ops-1"}),
        ("olga@example.com,CORP\\olga,host$", {"olga@example.com", "CORP\\olga", "host$"}),
    ],
)
def test_nobody_vouches_for_an_account_that_is_not_named(tmp_path: Path, named: str, vouched: set[str]) -> None:
    assert load_settings({"BARTIZAN_VOUCHED_ACCOUNTS": named}, tmp_path).vouched == vouched


@pytest.mark.parametrize(
    "named", ["*", "bartizan olga", "bartizan;olga", "-olga", "%wheel", "ol*", "/home/olga", "олга"]
)
def test_what_is_no_unix_account_is_not_vouched_for_but_refused(tmp_path: Path, named: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        load_settings({"BARTIZAN_VOUCHED_ACCOUNTS": named}, tmp_path)

    assert refused.value.name == "vouched_accounts"


def test_the_settings_that_are_shipped_can_be_used(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "deploy" / "bartizan.toml"

    assert load_settings({"BARTIZAN_CONFIG": str(shipped)}, tmp_path).vouched == {"console"}


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused):
        load_settings({"BARTIZAN_CONFIG": str(tmp_path / "nothing.toml")}, tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bartizan.toml"
    file.write_bytes(b"\xff\xfe\0")

    with pytest.raises(SettingRefused):
        load_settings({"BARTIZAN_CONFIG": str(file)}, tmp_path)


def test_the_password_in_a_database_address_is_not_shown_with_the_settings(tmp_path: Path) -> None:
    settings = Settings("postgresql://bartizan:hunter2@db1/bartizan", tmp_path, tmp_path)

    assert "hunter2" not in repr(settings)


MAIL = {"BARTIZAN_MAIL_SERVER": "smtp.example.com:587", "BARTIZAN_MAIL_FROM": "bartizan@example.com"}


def test_mail_is_configured_by_server_and_sender(tmp_path: Path) -> None:
    found = mail_server_of(load_settings(MAIL, tmp_path))

    assert found is not None
    assert (found.name, found.security, found.sender) == ("smtp.example.com:587", "starttls", "bartizan@example.com")
    assert mail_server_of(load_settings({}, tmp_path)) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mail_server", "smtp.example.com"),
        ("mail_server", "smtp.example.com:smtp"),
        ("mail_server", "smtp.example.com:99999"),
        ("mail_server", "smtp.example.com\r\n:25"),
        ("mail_security", "none"),
        ("mail_from", "Bartizan <bartizan@example.com>"),
        ("mail_from", "bartizan@example.com\nBcc: eve@example.net"),
        ("mail_from", "名前@example.com"),
        ("mail_user", "bartizan"),
        ("mail_password_file", "/nowhere"),
        ("mail_ca_file", "/nowhere"),
    ],
)
def test_a_setting_of_mail_that_cannot_be_used_is_named_at_the_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingRefused) as refusal:
        load_settings({**MAIL, f"BARTIZAN_{name.upper()}": value}, tmp_path)

    assert refusal.value.name in {name, "mail_user"}


def test_a_sender_without_a_server_is_no_mail_and_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused) as refusal:
        load_settings({"BARTIZAN_MAIL_FROM": "bartizan@example.com"}, tmp_path)

    assert refusal.value.name == "mail_server"


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (b"secret\n", 0o644, "chmod 0600"),
        (b"\n", 0o400, "without a password"),
        (b"\xff\xfe", 0o400, "no text"),
        ("gehéim".encode(), 0o400, "beyond ASCII"),
    ],
)
def test_the_password_of_mail_lies_in_a_file_for_its_owner_alone(
    tmp_path: Path, content: bytes, mode: int, why: str
) -> None:
    file = tmp_path / "mail-password"
    file.write_bytes(content)
    file.chmod(mode)

    with pytest.raises(SettingRefused) as refusal:
        load_settings({**MAIL, "BARTIZAN_MAIL_USER": "bartizan", "BARTIZAN_MAIL_PASSWORD_FILE": str(file)}, tmp_path)

    assert why in refusal.value.why
    assert "secret" not in refusal.value.why
