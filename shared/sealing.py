"""Sealing: AES-256-GCM with a key from outside the database, bound to what it is sealed for."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

_NONCE_BYTES = 12


class CannotUnseal(ValueError):
    """Sealed with another key, for another context, or changed since."""


def derived(secret: SecretStr, purpose: str, length: int) -> bytes:
    """Bytes that follow from RANCAK_SECRET_KEY for one purpose and tell nothing of it."""
    return HKDF(
        algorithm=hashes.SHA256(), length=length, salt=None, info=f"rancak {purpose}".encode()
    ).derive(secret.get_secret_value().encode())


class Sealer:
    """Seals bytes with a key derived from RANCAK_SECRET_KEY for one purpose."""

    def __init__(self, secret: SecretStr, purpose: str) -> None:
        self._cipher = AESGCM(derived(secret, purpose, 32))

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Nonce and ciphertext; `context` (what it belongs to) must be given again to unseal."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """The plaintext. Raises CannotUnseal."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
        except InvalidTag as wrong:
            raise CannotUnseal("wrong key, wrong context or changed bytes") from wrong
