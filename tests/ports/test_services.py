"""Values of the services: secrets in rotation."""

from goodword.ports.services import SecretPair


def test_a_secret_in_rotation_is_two_the_current_one_first():
    assert SecretPair("new", "old").both() == ("new", "old")
    assert SecretPair("new").both() == ("new",)
