"""A small suite that shows each way in which a suite can end; the marks choose which."""

import os
import time
import urllib.request

import pytest


def fetch(path):
    with urllib.request.urlopen(os.environ["API_URL"] + path, timeout=10) as answer:
        return answer.status, answer.read()


def used(number):
    return number + 1


def unused(number):
    return number - 1


@pytest.mark.good
class TestPlatform:
    def test_alive(self):
        assert fetch("/live")[0] == 200

    def test_version(self):
        assert b"1.0.0" in fetch("/version")[1]

    def test_used(self):
        assert used(1) == 2

    @pytest.mark.skip(reason="shows a skipped test")
    def test_later(self):
        assert unused(1) == 0


@pytest.mark.bad
class TestFailures:
    def test_passes(self):
        assert used(1) == 2

    def test_fails(self):
        assert used(1) == 3, "shows a failed test"

    def test_setup_fails(self, missing):
        raise AssertionError("never reached")


@pytest.fixture
def missing():
    raise RuntimeError("shows an error in setup")


@pytest.mark.slow
class TestNeverEnds:
    def test_first(self):
        assert used(1) == 2

    def test_hangs(self):
        time.sleep(3600)
