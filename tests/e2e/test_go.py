"""What the tests give the real go."""

import pytest

from tests.e2e.go import clean_environment


def test_what_one_test_changes_does_not_stay_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setenv("SSL_CERT_FILE", "/one/test's.pem")
        assert clean_environment()["SSL_CERT_FILE"] == "/one/test's.pem"
    assert clean_environment().get("SSL_CERT_FILE") != "/one/test's.pem"
