"""What is kept so that only the platform itself can read it: sealed with a key made from SECRET_KEY, and unreadable in a copy
of the database alone."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(ValueError):
    """Sealed under a key that is no longer the platform's."""


def keys():
    """The present key first; former ones only read."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        derived = HKDF(SHA256(), length=32, salt=None, info=b"mpi sealed").derive(secret.encode())
        yield Fernet(base64.urlsafe_b64encode(derived))


def seal(text):
    return seal_bytes(text.encode()).decode()


def unseal(text):
    """Raises Unreadable."""
    return unseal_bytes(text.encode()).decode()


def seal_bytes(content):
    return MultiFernet(list(keys())).encrypt(content)


def unseal_bytes(sealed):
    """Raises Unreadable."""
    try:
        return MultiFernet(list(keys())).decrypt(sealed)
    except InvalidToken:
        raise Unreadable from None
