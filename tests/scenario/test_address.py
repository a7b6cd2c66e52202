from __future__ import annotations

import pytest

from quotarisk.scenario.address import fill_in, is_address, mask_address, without_secrets
from quotarisk.scenario.workbook import UnreadableFileError


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of the environment, with signs that mean something in an address."""
    for name, value in {
        "CRM_USER": "ana@sales",
        "CRM_PASSWORD": "p@ss/w:1%",
        "CRM_HOST": "db.example.com:5432",
        "CRM": "postgresql://ana:s3cret@h/crm",
        "FOLDER": "/srv/a b%",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NOWHERE", raising=False)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("postgresql://h/crm", "postgresql://h/crm"),
        ("postgresql://${CRM_USER}:${CRM_PASSWORD}@h/crm", "postgresql://ana%40sales:p%40ss%2Fw%3A1%25@h/crm"),
        ("postgresql://ana:${CRM_PASSWORD}@${CRM_HOST}/crm?sslmode=a@b", "postgresql://ana:p%40ss%2Fw%3A1%25@db.example.com:5432/crm?sslmode=a@b"),
        ("postgresql://${CRM_HOST}/crm", "postgresql://db.example.com:5432/crm"),
        ("${CRM}", "postgresql://ana:s3cret@h/crm"),
        ("sqlite://${FOLDER}/crm.db", "sqlite:///srv/a%20b%25/crm.db"),
        ("postgresql://h/$CRM", "postgresql://h/$CRM"),
        ("postgresql://h/${1}", "postgresql://h/${1}"),
    ],
)  # fmt: skip
def test_variables(told: str, meant: str) -> None:
    """Values of the environment stand for their variables, as names and passwords quoted."""
    assert meant == fill_in(told)


def test_variables_that_are_not_set() -> None:
    """A variable that is not set is named, once."""
    with pytest.raises(UnreadableFileError) as caught:
        fill_in("postgresql://${NOWHERE}:${NOWHERE}@${CRM_HOST}/${NOR_HERE}")

    assert "must have an address whose variables are set" == caught.value.must
    assert "no NOWHERE, NOR_HERE in the environment" == caught.value.got


def test_a_variable_is_an_address() -> None:
    """What is a variable only is an address; what begins with one is a file as well as any."""
    assert [True, True, False, False] == [
        is_address(text) for text in ("${CRM}", " ${CRM} ", "${HOME}/deals.csv", "$CRM")
    ]


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("${CRM}", "${CRM}"),
        ("postgresql://${U}:${P}@${HOST}:${PORT}/${DB}?a=${P}", "postgresql://***@${HOST}:${PORT}/${DB}"),
        ("postgresql://${HOST}/crm", "postgresql://${HOST}/crm"),
        ("sqlite://${FOLDER}/crm.db", "sqlite://${FOLDER}/crm.db"),
    ],
)  # fmt: skip
def test_names_of_variables_are_shown(uri: str, shown: str) -> None:
    """Names of variables are no secrets, but where names and passwords stand all is masked."""
    assert shown == mask_address(uri)


def test_what_drivers_know_of_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Users and passwords that a driver takes from the environment are no less secret."""
    monkeypatch.setenv("PGUSER", "ben")
    monkeypatch.setenv("PGPASSWORD", "hush-hush")

    assert "*** with ***, not benny" == without_secrets(
        "ben with\n  hush-hush, not benny", "postgresql://h/crm"
    )
