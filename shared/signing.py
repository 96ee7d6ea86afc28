"""Signing: ed25519 with a key derived from the installation's secret for one purpose."""

from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr


class Signer:
    """Signs bytes so that anybody can check them with `key_id`, which is the public key itself.

    The key follows from RANCAK_SECRET_KEY: there is nothing more to keep, and nothing to leak from
    the database. Another secret is another key.
    """

    def __init__(self, secret: SecretStr, purpose: str) -> None:
        seed = HKDF(
            algorithm=hashes.SHA256(), length=32, salt=None, info=f"rancak {purpose}".encode()
        ).derive(secret.get_secret_value().encode())
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes_raw()
        self.key_id = urlsafe_b64encode(public).decode().rstrip("=")

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(message)


def public_jwk(key_id: str) -> dict[str, str]:
    """A key as RFC 8037 writes it."""
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": key_id, "x": key_id}
